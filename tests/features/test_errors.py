"""Exit code and message of bad input."""

import pytest

from features.errors import InputError, Refusal, exits_with_sentence


@exits_with_sentence
def _command(problem: Exception) -> None:
    raise problem


@pytest.mark.parametrize("problem", [InputError("A rule."), Refusal("A reason.")])
def test_bad_input_ends_with_code_2(
    problem: InputError, capsys: pytest.CaptureFixture[str]
) -> None:
    """The caller reads one sentence and gets exit code 2."""
    with pytest.raises(SystemExit) as error_info:
        _command(problem)
    assert error_info.value.code == 2
    assert capsys.readouterr().err == f"Error: {problem}\n"


def test_a_folder_that_may_not_be_written_ends_with_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sentence names the file and the ways out."""
    with pytest.raises(SystemExit) as error_info:
        _command(PermissionError(13, "Permission denied", "/locked/var"))
    assert error_info.value.code == 2
    error = capsys.readouterr().err
    assert "/locked/var cannot be read or written" in error and "CD7WATCH_VAR" in error


def test_a_full_disk_ends_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the file, the reason and the way out."""
    with pytest.raises(SystemExit) as error_info:
        _command(OSError(28, "No space left on device", "/full/x.parquet"))
    assert error_info.value.code == 2
    error = capsys.readouterr().err
    assert "/full/x.parquet could not be written (No space left on device)" in error


def test_our_own_faults_keep_their_traceback() -> None:
    """An error that the caller cannot mend is not dressed up as his."""
    with pytest.raises(OSError, match="Is a directory"):
        _command(IsADirectoryError(21, "Is a directory"))
    with pytest.raises(ZeroDivisionError, match="ours"):
        _command(ZeroDivisionError("ours"))
