"""The data sets that models are trained on: tables of single-precision numbers, so that Python and Inkling see the same.

A set has a data frame of float64 columns whose values are float32's, the label, which columns hold codes of categories, and
10,000 rows to compare on, as single precision.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 10_000
# What sales people of X Education fill in after the outcome is known.
AFTERWARDS = ("Tags", "Lead Quality", "Lead Profile", "Last Notable Activity")


@dataclass
class Data:
    """A table for training and the rows to compare on."""

    name: str
    x: pd.DataFrame
    y: np.ndarray
    categories: list[str]
    rows: np.ndarray

    def frame(self, rows: np.ndarray | None = None) -> pd.DataFrame:
        """Rows as Python's models read them."""
        rows = self.rows if rows is None else rows
        return pd.DataFrame(rows.astype(np.float64), columns=self.x.columns)


def single(x: pd.DataFrame) -> pd.DataFrame:
    """The nearest float32's, in double precision."""
    return x.astype(np.float32).astype(np.float64)


def make(name: str, x: pd.DataFrame, y: np.ndarray, categories: list[str], seed: int) -> Data:
    """Rows to compare: drawn again from the table, half of them with numbers moved off those that training saw."""
    rng = np.random.default_rng(seed)
    x = single(x)
    rows = x.to_numpy()[rng.integers(0, len(x), ROWS)].copy()
    numbers = [i for i, c in enumerate(x.columns) if c not in categories]
    moved = rng.random((ROWS, len(numbers))) < 0.25
    rows[:, numbers] = np.where(moved, rows[:, numbers] * rng.uniform(0.5, 1.5, moved.shape), rows[:, numbers])
    return Data(name, x, y, categories, rows.astype(np.float32))


def codes(column: pd.Series) -> pd.Series:
    """Codes 0, 1, ... of the sorted texts; missing stays missing."""
    code = column.astype("category").cat.codes.astype(float)
    return code.where(code >= 0)


def uci(path: Path) -> Data:
    """UCI online shoppers: 12,330 sessions, 17 columns, will it end in a purchase."""
    table = pd.read_csv(path)
    y = table.pop("Revenue").astype(int).to_numpy()
    for column in ("Month", "VisitorType"):
        table[column] = codes(table[column])
    table["Weekend"] = table["Weekend"].astype(float)
    categories = ["Month", "OperatingSystems", "Browser", "Region", "TrafficType", "VisitorType"]
    return make("uci", table, y, categories, 1)


def leads(path: Path) -> Data:
    """X Education leads in the order of time (Lead Number), without what is filled in afterwards."""
    with path.open(newline="", encoding="utf-8") as file:
        table = pd.DataFrame(list(csv.DictReader(file)))
    table = table.iloc[np.argsort(table["Lead Number"].astype(int).to_numpy(), kind="stable")].reset_index(drop=True)
    y = table.pop("Converted").astype(int).to_numpy()
    dropped = [c for c in table if c in AFTERWARDS or c.startswith("Asymmetrique") or c in ("Prospect ID", "Lead Number")]
    table = table.drop(columns=dropped)
    categories = []
    for column in table:
        texts = table[column].replace({"": np.nan})
        numbers = pd.to_numeric(texts, errors="coerce")
        if numbers.notna().sum() == texts.notna().sum():
            table[column] = numbers
            continue
        table[column] = codes(texts)
        categories.append(column)
    return make("leads", table.loc[:, table.nunique() > 1], y, [c for c in categories if table[c].nunique() > 1], 2)


def snapshots(folder: Path) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    """Rows of a site's visits: the table, the labels, and which columns hold codes."""
    told = json.loads((folder / "rows.json").read_text())
    values = np.fromfile(folder / "rows.f32", "<f4").reshape(-1, len(told["columns"]))
    rows = pd.DataFrame(values.astype(np.float64), columns=told["columns"])
    return rows, np.fromfile(folder / "labels.i32", "<i4"), told["categories"]


def generated() -> Data:
    """Made up: missing values, categories that are missing or were never seen, ties, a planted outcome."""
    rng = np.random.default_rng(3)
    n = 6_000
    x = pd.DataFrame(rng.normal(size=(n, 6)) * [1, 10, 0.01, 1000, 1, 1], columns=[f"number_{i}" for i in range(6)])
    x["count"] = rng.poisson(3, n).astype(float)
    x["group"] = rng.integers(0, 40, n).astype(float)
    x["kind"] = rng.integers(0, 5, n).astype(float)
    margin = x.number_0 + 0.05 * x.number_1 - 80 * x.number_2 * (x.kind == 2) + 0.3 * (x["group"] % 7 == 3) * x["count"] - 1
    y = (margin + rng.logistic(size=n) > 0).astype(int).to_numpy()
    x = x.mask(rng.random(x.shape) < 0.1)
    data = make("generated", x, y, ["group", "kind"], 3)
    data.rows[:500, list(x.columns).index("group")] = rng.integers(40, 60, 500)
    return data


def stand_in(name: str) -> Data:
    """Generated too, of the shape of a set that is not there."""
    rng = np.random.default_rng(len(name))
    x = pd.DataFrame(rng.gamma(1, 2, size=(9_000, 12)), columns=[f"{name}_{i}" for i in range(12)])
    x[f"{name}_11"] = rng.integers(0, 12, len(x)).astype(float)
    if name == "leads":
        x = x.mask(rng.random(x.shape) < 0.05)
    y = (x.fillna(0).iloc[:, 0] + rng.logistic(size=len(x)) > 3).astype(int).to_numpy()
    return make(name, x, y, [f"{name}_11"], 4)
