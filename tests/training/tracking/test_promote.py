"""Who may be champion: the gate, or a person with a reason."""

from pathlib import Path

from training.tracking.promote import gate_move
from training.tracking.registry import aliases, connect, find_version
from training.tracking.registry_names import Address


def test_the_gate_refuses(store: Path, command) -> None:
    """A version that failed the gate stays candidate; exit code 2 and the gate's words."""
    done = command("promote", "fatal_infection@candidate", "champion")
    assert done.exit_code == 2
    assert "may not be champion: the gate says no champion" in done.stderr
    assert "champion" not in aliases(connect(), "fatal_infection")


def test_force_needs_a_reason(store: Path, command) -> None:
    """--force alone is refused and nothing moves."""
    done = command("promote", "fatal_infection@candidate", "champion", "--force")
    assert (done.exit_code, "needs a reason" in done.stderr) == (2, True)
    assert "champion" not in aliases(connect(), "fatal_infection")


def test_a_forced_promotion_is_on_record(store: Path, command) -> None:
    """With a reason it moves; the version says who overruled what, and its state stays."""
    done = command(
        "promote", "fatal_infection@candidate", "champion", "--force", "--reason", "a drill"
    )
    try:
        assert done.exit_code == 0, done.output
        version = find_version(connect(), Address("fatal_infection", "champion"))
        assert "forced by" in version.tags["champion"]
        assert "a drill (against: the gate says no champion" in version.tags["champion"]
        assert version.tags["gate_state"] == "candidate"
    finally:
        connect().delete_registered_model_alias("cd7watch-fatal-infection", "champion")


def test_wrong_alias(store: Path, command) -> None:
    """An alias we do not use is refused."""
    done = command("promote", "relapse@candidate", "best")
    assert (done.exit_code, "An alias is" in done.stderr) == (2, True)


def test_synthetic_never_replaces_real() -> None:
    """A model of simulated patients does not take the name from one of real patients."""
    words = ["champion: everything holds"]
    assert not gate_move("champion", "champion", words, "synthetic", "real").granted
    assert gate_move("champion", "champion", words, "real", "synthetic").granted
    assert gate_move("champion", "champion", words, "synthetic", None).granted
    assert not gate_move("validated", "champion", words, "real", None).granted
