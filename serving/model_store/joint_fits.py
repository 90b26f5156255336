"""Joint fits in service: models of one landmark come from one fit, so that their risks agree.

Relapse, fatal infection and other death exclude each other. Their risks add up to at most 100 %,
and severe infection is never below fatal infection, only within one joint fit. Models of another
landmark count from another day and may come from another fit.
"""

from collections.abc import Iterable, Mapping

from features.errors import InputError
from models.manifest import Manifest

Manifests = Mapping[str, Manifest | None]
"""Manifest by endpoint; None where this build cannot read the version."""


def companions(new: Iterable[Manifest], in_service: Manifests) -> list[str]:
    """Endpoints in service that cannot stay beside the new models.

    Those of a landmark of the new models but another joint fit, and those that cannot be read.
    """
    fits = {(manifest["landmark"], manifest["joint_fit"]) for manifest in new}
    landmarks = {landmark for landmark, _ in fits}
    return [
        endpoint
        for endpoint, manifest in in_service.items()
        if manifest is None
        or (
            manifest["landmark"] in landmarks
            and (manifest["landmark"], manifest["joint_fit"]) not in fits
        )
    ]


def check_joint_fits(manifests: Mapping[str, Manifest]) -> None:
    """Raise InputError when two models of one landmark come from different joint fits."""
    endpoint_of: dict[int, str] = {}
    for endpoint, manifest in manifests.items():
        other = endpoint_of.setdefault(manifest["landmark"], endpoint)
        fit, other_fit = manifest["joint_fit"], manifests[other]["joint_fit"]
        if fit != other_fit:
            raise InputError(
                f"Models of one landmark are of one joint fit, so that their risks agree, but at "
                f"day {manifest['landmark']} {other} is of fit {other_fit} and {endpoint} of fit "
                f"{fit}: export both from one fit, and import them together with "
                "`cd7watch serving import DIR DIR`."
            )


def check_companions(new: Mapping[str, Manifest], in_service: Manifests) -> None:
    """Raise InputError when a model in service cannot stay beside the new ones."""
    others = companions(new.values(), in_service)
    if others:
        raise InputError(
            "Models of one landmark are of one joint fit, so that their risks agree, but "
            f"{', '.join(new)} came alone and {', '.join(others)} in service is of another fit: "
            f"load its companions together: `cd7watch serving import` with one DIR for each of "
            f"{', '.join([*new, *others])}, or take {', '.join(others)} out of service with "
            "--replace."
        )
