"""The secret key of the looks: made once, for its owner alone, never replaced in silence."""

import stat
from pathlib import Path

import pytest

from features.errors import InputError
from training.tracking.look_key import KEY_FILE, key_fingerprint, read_look_key


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """Two readings give the same 32 bytes; nobody else may read the file, nothing is left over."""
    key = read_look_key(tmp_path, None)
    assert len(key) == 32
    assert read_look_key(tmp_path, key_fingerprint(key)) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_missing_key_is_refused_when_there_were_looks(tmp_path: Path) -> None:
    """No new key is made: it would make strangers of patients who were looked at before."""
    with pytest.raises(InputError, match="restore it from a backup"):
        read_look_key(tmp_path, "0123456789abcdef")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"y" * 32])
def test_another_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """A damaged or exchanged key does not pass for the one of earlier looks."""
    recorded = key_fingerprint(read_look_key(tmp_path, None))
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(InputError, match="another secret key"):
        read_look_key(tmp_path, recorded)


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    """Keys are random, and so are their fingerprints."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (read_look_key(tmp_path / name, None) for name in "ab")
    assert first != second
    assert key_fingerprint(first) != key_fingerprint(second)
    assert key_fingerprint(first) not in first.hex()
