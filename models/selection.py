"""Choice of a candidate: the simplest within one standard error of the best, by patient."""

from collections.abc import Mapping, Sequence

import numpy as np

from features.arrays import Floats, Ints


def paired_difference(
    loss: Floats, best: Floats, weight: Floats, patients: Ints | None = None
) -> tuple[float, float]:
    """Weighted mean of loss - best and its standard error.

    The same patients are hard for every candidate, so the error of the paired difference is far
    smaller than that of either loss. SE = sqrt(sum w (d - mean)^2 / (W - 1) / W), W = sum w.
    With `patients` (a number per row) rows of one patient are averaged first.

    >>> paired_difference(np.array([1.0, 2.0, 3.0]), np.zeros(3), np.ones(3))
    (2.0, 0.5773502691896257)
    """
    d = loss - best
    if patients is not None:
        total = np.bincount(patients, weight)
        d = np.bincount(patients, weight * d) / total
        weight = total / np.bincount(patients)
    W = weight.sum()
    mean = float(weight @ d / W)
    variance = float(weight @ (d - mean) ** 2) / max(W - 1.0, 1e-9)
    return mean, float(np.sqrt(variance / W))


def simplest_within_one_error(
    losses: Mapping[str, Floats],
    selectable: Sequence[str],
    weight: Floats,
    patients: Ints | None = None,
) -> tuple[str, dict[str, dict[str, float]]]:
    """Name of the selected candidate, and for each its loss, difference to the best and error.

    losses: per candidate (n,), simplest first. Only `selectable` ones are selected; the others
    (prevalence, as the reference) are reported beside them.

    >>> losses = {"simple": np.array([1.0, 0.9, 1.3]), "rich": np.array([0.9, 1.0, 1.0])}
    >>> simplest_within_one_error(losses, ["simple", "rich"], np.ones(3))[0]
    'simple'
    """
    means = {name: float(np.average(losses[name], weights=weight)) for name in losses}
    best = min(selectable, key=lambda name: means[name])
    table = {}
    for name, loss in losses.items():
        difference, error = paired_difference(loss, losses[best], weight, patients)
        table[name] = {"loss": means[name], "difference": difference, "standard_error": error}
    candidate = next(
        name
        for name in losses
        if name in selectable and table[name]["difference"] <= table[name]["standard_error"]
    )
    return candidate, table
