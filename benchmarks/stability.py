"""Coverage of the stability intervals: how often they contain the true risk; no goal is set.

    python -m benchmarks stability

Cohorts drawn from a known logistic truth (two of six core features carry log-odds of 0.8 per SD,
prevalence 0.3), a RiskModel and 100 refits on redrawn patients each, 300 new patients per cohort.
"""

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from features.schema import CORE
from models.assessment import INTERVAL
from models.log_odds import risk_of
from models.risk_model import RiskModel

COHORTS, REFITS, NEW = 12, 100, 300


def draw(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, Floats]:
    """Features and true risks of n patients."""
    X = pd.DataFrame(rng.normal(size=(n, len(CORE))), columns=CORE)
    return X, risk_of(-1.05 + 0.8 * X[CORE[0]].to_numpy() + 0.8 * X[CORE[4]].to_numpy())


def refit_risks(X: pd.DataFrame, y: Ints, new: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """Risks of new patients by models of redrawn ones, (REFITS, n)."""
    draws = [rng.integers(len(y), size=len(y)) for _ in range(REFITS)]
    models = [RiskModel().fit(X.iloc[rows], y[rows]) for rows in draws]
    return np.stack([model.predict_proba(new)[:, 1] for model in models])


def one_cohort(n: int, seed: int) -> pd.DataFrame:
    """Truth, risk and interval of new patients under a model of one cohort."""
    rng = np.random.default_rng(seed)
    X, risk = draw(n, rng)
    y = (rng.random(n) < risk).astype(int)
    new, true = draw(NEW, rng)
    new_risk = RiskModel().fit(X, y).predict_proba(new)[:, 1]
    low, high = np.quantile(refit_risks(X, y, new, rng), INTERVAL, axis=0)
    top = new_risk >= np.quantile(new_risk, 0.9)
    return pd.DataFrame({"true": true, "risk": new_risk, "low": low, "high": high, "top": top})


def row(n: int) -> dict[str, float]:
    """Coverage and width over all cohorts of one size."""
    patients = pd.concat([one_cohort(n, seed) for seed in range(COHORTS)])
    low, high = patients["low"], patients["high"]
    inside = patients["true"].between(low, high)
    return {
        "patients": n,
        "holds the true risk": inside.mean(),
        "top risk tenth": inside[patients["top"]].mean(),
        "holds the model's risk": patients["risk"].between(low, high).mean(),
        "width": (high - low).mean(),
        "mean error of the risk": (patients["risk"] - patients["true"]).abs().mean(),
    }


def main() -> None:
    """Print coverage by cohort size."""
    print("90 % of refits lie in the interval; it is no confidence interval")
    print(pd.DataFrame([row(n) for n in (40, 80, 160, 320)]).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
