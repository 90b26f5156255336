"""Promote model versions: the gate sets aliases, a person may overrule it with a reason."""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.errors import InputError
from training.tracking.registry import aliases, find_version
from training.tracking.registry_names import ALIASES, Address, endpoint_of

# What the gate's states allow; the candidate is the newest version, whatever its state.
GRANTING_STATES: dict[str, tuple[str, ...]] = {
    "champion": ("champion", "validated"),
    "validated": ("validated",),
}

WAY_OUT: dict[str, str] = {
    "candidate": "Name the newest version",
    "champion": "Fit on more patients",
    "validated": "Evaluate it on another cohort",
}


@dataclass(frozen=True)
class AliasMove:
    """Whether one alias moves to a version, and why."""

    alias: str
    granted: bool
    reason: str


def gate_move(
    alias: str, state: str, sentences: Sequence[str], provenance: str, held_by: str | None
) -> AliasMove:
    """Judge the alias champion or validated for a version by the gate's state of it.

    `held_by` is the provenance of the version that holds the alias now, None when nobody does:
    a model of simulated patients never takes an alias from a model of real ones.

    >>> gate_move("champion", "candidate", ["no champion: p 0.4"], "real", None).granted
    False
    """
    evidence = "; ".join(sentences) or "the gate gave no sentence"
    if state not in GRANTING_STATES[alias]:
        return AliasMove(alias, False, f"the gate says {evidence}")
    if held_by == "real" and provenance == "synthetic":
        return AliasMove(
            alias, False, f"{alias} was fitted to real patients, this one to simulated ones"
        )
    return AliasMove(alias, True, f"the gate says {evidence}")


def apply_move(client: MlflowClient, version: ModelVersion, move: AliasMove) -> None:
    """Carry out a granted move and write the reason on the versions it concerns."""
    name, number, now = version.name, str(version.version), _now()
    if not move.granted:
        client.set_model_version_tag(name, number, f"not_{move.alias}", f"{now}: {move.reason}")
        return
    holder = aliases(client, endpoint_of(name)).get(move.alias)
    if holder not in {None, number}:
        client.set_model_version_tag(
            name, holder, f"was_{move.alias}", f"until {now}: version {number} took over"
        )
    client.set_registered_model_alias(name, move.alias, number)
    client.set_model_version_tag(name, number, move.alias, f"{now}: {move.reason}")


def move_by_gate(
    client: MlflowClient,
    version: ModelVersion,
    alias_names: Sequence[str] = ("candidate", "champion"),
) -> list[AliasMove]:
    """Move each named alias to a version if the gate's verdict on it allows that."""
    moves = []
    for alias in alias_names:
        move = _gate_decision(client, version, alias)
        apply_move(client, version, move)
        moves.append(move)
    return moves


def promote(
    client: MlflowClient, address: Address, alias: str, *, force: bool = False, reason: str = ""
) -> AliasMove:
    """Move one alias to the version at an address.

    The gate's verdict, kept in the version's tags, must allow it; `force` overrules the gate and
    needs a reason, which is recorded with who gave it. InputError otherwise, and nothing moves.
    """
    if alias not in ALIASES:
        raise InputError(f"An alias is {', '.join(ALIASES)}; got {alias!r}.")
    if force and not reason.strip():
        raise InputError("Overruling the gate needs a reason: add --reason 'why'.")
    version = find_version(client, address)
    move = _gate_decision(client, version, alias)
    if force and not move.granted:
        move = AliasMove(
            alias, True, f"forced by {_user_name()}: {reason.strip()} (against: {move.reason})"
        )
    elif reason.strip() and move.granted:
        move = AliasMove(alias, True, f"{move.reason} ({_user_name()}: {reason.strip()})")
    if not move.granted:
        raise InputError(
            f"Version {version.version} of {version.name} may not be {alias}: {move.reason}. "
            f"{WAY_OUT[alias]}, or overrule with --force --reason 'why'."
        )
    apply_move(client, version, move)
    return move


def _gate_decision(client: MlflowClient, version: ModelVersion, alias: str) -> AliasMove:
    tags: Mapping[str, str] = version.tags
    if alias == "candidate":
        newest = max(int(v.version) for v in client.search_model_versions(f"name='{version.name}'"))
        return AliasMove(alias, int(version.version) == newest, f"the newest version is {newest}")
    holder = aliases(client, endpoint_of(version.name)).get(alias)
    held_by = None
    if holder not in {None, str(version.version)}:
        held_by = client.get_model_version(version.name, holder).tags.get("provenance")
    sentences = [line for line in tags.get("gate_sentences", "").split("\n") if line]
    state = tags.get("gate_state", "candidate")
    return gate_move(alias, state, sentences, tags.get("provenance", "real"), held_by)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "an unnamed user"
