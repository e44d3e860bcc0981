"""Writes a trained classifier with rows and what Python says of them, for `inkling model import --check --expected`.

    import inkling_check
    inkling_check.write(model, X, "out")     # out/model.pickle, out/rows.csv, out/expected.csv

Needs numpy, and whatever the model needs to predict. Inkling serves single-precision numbers, so the rows are rounded to
single precision first and the model predicts the rounded ones.
"""

import csv
import pickle
from pathlib import Path
from typing import Any

import numpy as np

PROTOCOL = 5


def _category(column: Any, by_value: bool) -> np.ndarray:
    """The numbers of a column of categories."""
    if by_value and all(isinstance(name, (int, float, np.number)) for name in column.cat.categories):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    # The code is the place of the name among the names of the column's type.
    code = column.cat.codes.to_numpy().astype(np.float64)
    return np.where(code < 0, np.nan, code)


def _rounded(x: Any, by_value: bool) -> tuple[Any, list[str], np.ndarray]:
    """Rows as the model predicts them, the names of their columns, and the numbers that are written."""
    if not hasattr(x, "columns"):
        numbers = np.asarray(x, dtype=np.float32).astype(np.float64)
        return numbers, [f"f{i}" for i in range(numbers.shape[1])], numbers
    rounded, columns = x.copy(), []
    for name in x.columns:
        if hasattr(x[name], "cat"):
            columns.append(_category(x[name], by_value))
            continue
        column = x[name].to_numpy(dtype=np.float32, na_value=np.nan).astype(np.float64)
        rounded[name] = column
        columns.append(column)
    return rounded, [str(name) for name in x.columns], np.column_stack(columns)


def write(model: Any, x: Any, out: str | Path) -> None:
    """Writes `model.pickle`, `rows.csv` and `expected.csv` (the probability of the second class) into a folder.

    `x`: a data frame or a two-dimensional array, as the model predicts it; categories have the type they were trained with.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    # scikit-learn splits categories that are numbers by their values, LightGBM and XGBoost all by their codes.
    rows, names, numbers = _rounded(x, by_value=type(model).__module__.startswith("sklearn."))
    probability = np.asarray(model.predict_proba(rows), dtype=np.float64)
    if probability.ndim != 2 or probability.shape[1] != 2:
        raise ValueError(f"predict_proba gives {probability.shape}, not two columns: Inkling reads classifiers of two classes")
    (out / "model.pickle").write_bytes(pickle.dumps(model, PROTOCOL))
    with (out / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(names)
        # Nine digits give a single-precision number back; missing is empty.
        table.writerows(["" if np.isnan(v) else f"{v:.9g}" for v in row] for row in numbers)
    with (out / "expected.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["probability"])
        table.writerows([f"{p:.17g}"] for p in probability[:, 1])
