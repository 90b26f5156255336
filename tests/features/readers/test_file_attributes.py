"""Provenance and chemistry as files state them."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from features.errors import InputError
from features.readers.file_attributes import attribute_text, read_provenance
from features.readers.open_counts import open_counts


@pytest.mark.parametrize(
    "value", ["synthetic", b"synthetic", np.array(["synthetic"], dtype=object)]
)
def test_text_of_any_writer_is_understood(value: object) -> None:
    """Python's text, C's bytes and R's arrays of one say the same."""
    assert read_provenance({"provenance": value}) == "synthetic"


@pytest.mark.parametrize("value", ["Synthetic", "simulated", "", 1, np.array(["a", "b"]), None])
def test_another_provenance_is_refused(value: object) -> None:
    """What is neither real nor synthetic is not taken for real."""
    with pytest.raises(InputError, match=r"provenance .* must be real or synthetic"):
        read_provenance({"provenance": value})


def test_a_file_whose_provenance_cannot_be_read_is_refused(tenx: Path, tmp_path: Path) -> None:
    """A damaged attribute must not turn simulated cells into a patient's."""
    path = tmp_path / "p.h5"
    raw = tenx.read_bytes()
    assert raw.count(b"synthetic") == 1
    path.write_bytes(raw.replace(b"synthetic", b"synth\xffti\x00"))
    with pytest.raises(InputError, match=r"p\.h5: the attribute provenance"):
        open_counts(path)


def test_chemistry_is_what_cell_ranger_wrote(tenx: Path, tmp_path: Path) -> None:
    """The attribute of the file's root; none where the file says nothing."""
    path = tmp_path / "c.h5"
    path.write_bytes(tenx.read_bytes())
    assert open_counts(path).chemistry is None
    with h5py.File(path, "a") as file:
        file.attrs["chemistry_description"] = b"Single Cell 3' v3"
    assert open_counts(path).chemistry == "Single Cell 3' v3"


def test_what_is_no_text_is_none() -> None:
    """Numbers, several texts and absent attributes."""
    for value in (3, np.array([b"a", b"b"]), h5py.Empty("f")):
        assert attribute_text({"x": value}, "x") is None
    assert attribute_text({}, "x") is None
