"""Share of female cells in a group of one kind of cells, by XIST and the genes of the Y chromosome.

Each cell is female (it shows XIST) or male (it shows genes of Y), and shows the other sex's RNA
only as ambient RNA. A cell of few UMIs often shows neither, hence a mixture of two components over
both counts, with each cell's depth:

    L = prod over cells of [p f(x; female) f(y; ambient) + (1 - p) f(x; ambient) f(y; male)]

with negative binomials of means depth x rate. Rates differ between laboratories (XIST by 10 times,
since 3' and 5' libraries read its 19,000 bases at one end; the sum of the Y genes by a quarter), so
they are estimated with p, under priors from samples of known sex: the mode of the posterior, and
the error of p from its curvature, which holds the errors of the rates (Laplace).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Floats, Ints

DEPTH_BINS = 16
FLOOR = 0.02  # UMIs per 10,000 of the other sex in samples of one: misread barcodes
AMBIENT_SIZE = 1.0
STEP = 1e-3  # of the differences that give the curvature


@dataclass(frozen=True)
class LogNormal:
    """A prior: median, and SD of the logarithm."""

    median: float
    log_sd: float


@dataclass(frozen=True)
class SexPriors:
    """Priors of the rates per 10,000 UMIs and of the sizes of both components, and of ambient RNA.

    `ambient` is the share of ambient RNA in a cell's UMIs.
    """

    xist: LogNormal
    y_genes: LogNormal
    xist_size: LogNormal
    y_size: LogNormal
    ambient: LogNormal

    def all(self) -> tuple[LogNormal, ...]:
        """In the order of the parameters after the share."""
        return (self.xist, self.y_genes, self.xist_size, self.y_size, self.ambient)


@dataclass(frozen=True)
class SexCounts:
    """UMIs of XIST and of the Y genes (n,), depth in 10,000 UMIs, and both rates in ambient RNA."""

    xist: Ints
    y_genes: Ints
    depth: Floats
    ambient_xist: float
    ambient_y: float


def female_share(cells: SexCounts, priors: SexPriors) -> tuple[float, float]:
    """Share of female cells and its standard error; the prior of the share is Jeffreys'.

    The error is sqrt(p (1 - p) / n) or more: it carries what dropout, ambient RNA and unknown rates
    leave open, and is about 0.7 / n where all cells are of one sex.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped, unused-ignore]  # no stubs; slow

    grouped, sizes = _group_cells(cells)

    def loss(parameters: Floats) -> float:
        return -_log_posterior(parameters, grouped, sizes, priors)

    fit = minimize(loss, _start(cells, priors), method="BFGS", options={"gtol": 1e-4})
    share = 1 / (1 + np.exp(-fit.x[0]))
    covariance = np.linalg.pinv(_curvature(loss, fit.x), hermitian=True)
    return float(share), float(share * (1 - share) * np.sqrt(max(covariance[0, 0], 0.0)))


def _start(cells: SexCounts, priors: SexPriors) -> Floats:
    female = float((cells.xist > cells.y_genes).sum()) + 0.5
    male = float((cells.y_genes > cells.xist).sum()) + 0.5
    return np.array([np.log(female / male), *(np.log(prior.median) for prior in priors.all())])


def _group_cells(cells: SexCounts) -> tuple[SexCounts, Floats]:
    """Cells of equal counts and like depth as one, at their mean depth, with their number.

    Cells are sorted first: sums round by their order, and the flat end of the fit would show it.
    """
    order = np.lexsort([cells.depth, cells.y_genes, cells.xist])
    cells = replace(
        cells, xist=cells.xist[order], y_genes=cells.y_genes[order], depth=cells.depth[order]
    )
    edges = np.quantile(cells.depth, np.linspace(0, 1, DEPTH_BINS + 1)[1:-1])
    keys = np.stack([cells.xist, cells.y_genes, np.searchsorted(edges, cells.depth)])
    unique, inverse, sizes = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    depth = np.bincount(inverse.ravel(), weights=cells.depth) / sizes
    grouped = SexCounts(unique[0], unique[1], depth, cells.ambient_xist, cells.ambient_y)
    return grouped, sizes.astype(np.float64)


def _log_posterior(parameters: Floats, cells: SexCounts, sizes: Floats, priors: SexPriors) -> float:
    logit = float(parameters[0])
    log_female, log_male = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    female, male = _log_densities(np.exp(parameters[1:]), cells)
    log_likelihood = np.logaddexp(log_female + female, log_male + male) @ sizes
    deviations = [
        (value - np.log(prior.median)) / prior.log_sd
        for value, prior in zip(parameters[1:], priors.all(), strict=True)
    ]
    return float(log_likelihood + 0.5 * (log_female + log_male) - 0.5 * np.square(deviations).sum())


def _log_densities(values: Floats, cells: SexCounts) -> tuple[Floats, Floats]:
    """Log densities of both counts if the cell is female, and if it is male."""
    xist, y_genes, xist_size, y_size, ambient = values
    ambient = min(ambient, 0.95)
    x_ambient, y_ambient = ambient * cells.ambient_xist + FLOOR, ambient * cells.ambient_y + FLOOR
    x, y, depth = cells.xist, cells.y_genes, cells.depth
    female = _log_pmf(x, depth * ((1 - ambient) * xist + x_ambient), xist_size)
    male = _log_pmf(y, depth * ((1 - ambient) * y_genes + y_ambient), y_size)
    return (
        female + _log_pmf(y, depth * y_ambient, AMBIENT_SIZE),
        male + _log_pmf(x, depth * x_ambient, AMBIENT_SIZE),
    )


def _log_pmf(k: Ints, mean: Floats, size: float) -> Floats:
    from scipy.special import gammaln  # type: ignore[import-untyped, unused-ignore]  # no stubs; slow

    constant = gammaln(np.arange(int(k.max(initial=0)) + 1) + size) - gammaln(size)
    constant -= gammaln(np.arange(constant.shape[0]) + 1)
    logs = size * np.log(size / (size + mean)) + k * np.log(mean / (size + mean))
    return np.asarray(constant[k] + logs)


def _curvature(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """Second derivatives of a function by central differences, shape (m, m)."""
    steps = STEP * np.eye(at.shape[0])
    matrix = np.empty((at.shape[0], at.shape[0]))
    for i, one in enumerate(steps):
        for j, other in enumerate(steps[: i + 1]):
            corners = (loss(at + one + other), loss(at + one - other),
                       loss(at - one + other), loss(at - one - other))  # fmt: skip
            matrix[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * STEP**2)
            matrix[j, i] = matrix[i, j]
    return matrix
