"""MLflow pyfunc wrapper of a frozen model: a table of features in, a risk per horizon out."""

from typing import TYPE_CHECKING

import numpy as np

from features.errors import InputError
from models.frozen import FrozenModel

if TYPE_CHECKING:  # here, because serving has no pandas
    import pandas as pd


class TableModel:
    """Wraps a FrozenModel; nothing else of mlflow's interface is needed."""

    def __init__(self, model: FrozenModel) -> None:
        self.model = model

    def predict(self, model_input: "pd.DataFrame", params: object = None) -> "pd.DataFrame":
        """Risks in columns `risk_<horizon>`; a missing value is NaN, a missing column refused."""
        import pandas as pd

        absent = [name for name in self.model.features if name not in model_input]
        if absent:
            raise InputError(
                f"The model needs a column per feature, but {', '.join(absent)} is not there: "
                "give it, empty (NaN) where it was not measured."
            )
        X = model_input[list(self.model.features)].to_numpy(dtype=np.float64)
        names = [f"risk_{horizon}" for horizon in self.model.horizons]
        return pd.DataFrame(self.model.risks(X), columns=names, index=model_input.index)
