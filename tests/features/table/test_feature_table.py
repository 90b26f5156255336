"""The feature table: atomic writing, and reading with all checks."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import schema
from features.covariates import document
from features.errors import InputError
from features.measures.history import add_history
from features.schema import Category, Feature
from features.table.feature_table import METADATA_KEY, arrow_schema, read_table, write_table
from features.table.row import RefusedSample, Row, empty_row

CMV = Feature("cmv", "CMV", "CMV DNA", "IU/mL", 0.0, 1e6, "covariate")
TREATED = Feature("treated", "Treated", "treated", "0 or 1", 0.0, 1.0, "covariate")
BRIDGING = Category("bridging", "therapy before infusion", ("none", "steroids"), "Bridging")
DECLARED = (CMV, TREATED, BRIDGING)


def row(**values: float | str) -> Row:
    """One sample with its (empty) history."""
    keys: Row = {"sample_id": "S1", "patient_id": "P1", "day": 3, "provenance": "real"}
    return add_history([{**empty_row(), **keys, **values}])[0]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Rows, refusals, provenance and digest survive the file; columns are the schema's."""
    refused_samples = [RefusedSample("S9", "P9", None, "too few cells")]
    rows = [row(monocyte_fraction=0.25), row(sample_id="S2", provenance="synthetic")]
    write_table(tmp_path / "t.parquet", rows, refused_samples)
    table = read_table(tmp_path / "t.parquet")
    assert tuple(table.columns.column_names) == schema.TABLE_COLUMNS
    assert table.refused_samples == refused_samples
    assert table.provenance == "synthetic"
    assert len(table.digest) == 64
    back = table.to_rows()
    assert back[0]["monocyte_fraction"] == 0.25
    assert back[0]["tissue"] is None
    assert back[1]["monocyte_fraction"] != back[1]["monocyte_fraction"]
    assert repr(back[0]) == repr(rows[0])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """Writing twice gives the same digest, so that a data set can be named by it."""
    for name in ("a", "b"):
        write_table(tmp_path / name, [row()])
    assert read_table(tmp_path / "a").digest == read_table(tmp_path / "b").digest


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "at least one usable sample"),
        ([row(), row()], "one is repeated"),
        ([row(monocyte_fraction=1.5)], "monocyte_fraction must lie between 0 and 1"),
    ],
)
def test_bad_rows_leave_no_file(tmp_path: Path, rows: list[Row], sentence: str) -> None:
    """A table that cannot be written leaves nothing behind."""
    with pytest.raises(InputError, match=sentence):
        write_table(tmp_path / "t.parquet", rows)
    assert list(tmp_path.iterdir()) == []


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    """No file, no Parquet, no metadata, an older schema, other columns: each has its sentence."""
    path = tmp_path / "t.parquet"
    with pytest.raises(InputError, match="No such file"):
        read_table(path)
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(InputError, match="not Parquet"):
        read_table(path)
    plain = pa.Table.from_pylist([row()], arrow_schema())
    pq.write_table(plain, path)
    with pytest.raises(InputError, match="has none"):
        read_table(path)
    note = {"schema_version": "0", "refused": []}
    pq.write_table(plain.replace_schema_metadata({METADATA_KEY: json.dumps(note)}), path)
    with pytest.raises(InputError, match="has 0"):
        read_table(path)
    note["schema_version"] = schema.SCHEMA_VERSION
    fewer = plain.drop_columns(["t_fraction"])
    pq.write_table(fewer.replace_schema_metadata({METADATA_KEY: json.dumps(note)}), path)
    with pytest.raises(InputError, match="t_fraction"):
        read_table(path)


def test_declared_columns_travel_with_their_declarations(tmp_path: Path) -> None:
    """They follow the schema's, a row that lacks one has nothing there, and no file is needed."""
    rows = [row(cmv=250.0, treated=1.0, bridging="none"), row(sample_id="S2")]
    write_table(tmp_path / "t.parquet", rows, covariates=DECLARED)
    table = read_table(tmp_path / "t.parquet")
    assert table.covariates == DECLARED
    assert table.columns.column_names[-3:] == ["cmv", "treated", "bridging"]
    first, second = table.to_rows()
    assert (first["cmv"], first["treated"], first["bridging"]) == (250.0, 1.0, "none")
    assert second["cmv"] != second["cmv"] and second["bridging"] is None


def test_a_table_without_declarations_says_nothing_of_them(tmp_path: Path) -> None:
    """Its metadata is as before, to the byte."""
    write_table(tmp_path / "t.parquet", [row()])
    metadata = json.loads(pq.read_schema(tmp_path / "t.parquet").metadata[METADATA_KEY])
    assert set(metadata) == {"schema_version", "provenance", "refused", "code_version"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"cmv": 2e6}, "cmv must lie between 0 and 1e"),
        ({"treated": 0.5}, "treated must be 0 or 1"),
        ({"bridging": "radiation"}, "bridging must be one of none, steroids"),
    ],
)
def test_declared_values_are_checked(
    tmp_path: Path, values: dict[str, float | str], sentence: str
) -> None:
    """Range, flag and values hold as for our own columns, and nothing is written."""
    with pytest.raises(InputError, match=sentence) as caught:
        write_table(tmp_path / "t.parquet", [row(**values)], covariates=DECLARED)
    assert "radiation" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_undeclared_and_missing_columns_are_refused(tmp_path: Path) -> None:
    """A column more than declared, one less, or a declaration that breaks a rule."""
    path = tmp_path / "t.parquet"
    write_table(path, [row(cmv=1.0)], covariates=(CMV,))
    table = pq.read_table(path)
    note = json.loads(table.schema.metadata[METADATA_KEY])
    for covariates, sentence in (
        ([], "cmv"), ([document(CMV), document(TREATED)], "treated"),
        ([document(CMV) | {"low": 5e9}], "low lies below high"),
    ):  # fmt: skip
        changed = {METADATA_KEY: json.dumps(note | {"covariates": covariates})}
        pq.write_table(table.replace_schema_metadata(changed), path)
        with pytest.raises(InputError, match=sentence):
            read_table(path)
