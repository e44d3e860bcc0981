"""Models of LightGBM and XGBoost."""

from typing import Iterator

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from data import Data
from model import Model

LIGHTGBM = {
    "plain": {},
    "dart": {"boosting_type": "dart", "n_estimators": 30},
    "forest": {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "n_estimators": 20},
    "sigmoid": {"sigmoid": 0.7, "n_estimators": 30, "num_leaves": 63},
    "missing": {"use_missing": False, "n_estimators": 30},
    "stumps": {"n_estimators": 40, "num_leaves": 2, "min_child_samples": 500},
}
XGBOOST = {
    "plain": {"n_estimators": 100, "max_depth": 6},
    "exact": {"n_estimators": 20, "tree_method": "exact", "max_depth": 4, "base_score": 0.3},
    "lossguide": {"n_estimators": 20, "grow_policy": "lossguide", "max_leaves": 40, "gamma": 2, "scale_pos_weight": 3},
    "parallel": {"n_estimators": 5, "num_parallel_tree": 4, "subsample": 0.5},
}


def with_categories(data: Data, letter: str, rows: np.ndarray | None = None) -> pd.DataFrame:
    """The columns of codes as categories with names; a code that training never saw is missing."""
    x = data.frame(rows) if rows is not None else data.x.copy()
    for column in data.categories:
        known = sorted(data.x[column].dropna().unique())
        names = [f"{letter}{int(code):03d}" for code in range(int(max(known)) + 1)]
        whole = x[column].where(x[column] <= max(known))
        x[column] = pd.Categorical.from_codes(whole.fillna(-1).astype(int), names)
    return x


def of_lightgbm(name: str, fitted: lightgbm.LGBMClassifier, x: pd.DataFrame) -> Model:
    """With its leaves and its text."""
    return Model(
        name,
        fitted,
        fitted.predict_proba(x)[:, 1],
        leaves=fitted.predict_proba(x, pred_leaf=True),
        own_files={"txt": fitted.booster_.save_model},
    )


def of_xgboost(name: str, fitted: xgboost.XGBClassifier, x: pd.DataFrame) -> Model:
    """With its leaves, its margins, JSON and UBJSON."""
    return Model(
        name,
        fitted,
        fitted.predict_proba(x)[:, 1],
        leaves=fitted.apply(x),
        margins=fitted.predict(x, output_margin=True),
        own_files={"json": fitted.save_model, "ubj": fitted.save_model},
    )


def models(data: Data) -> Iterator[Model]:
    """The kinds, on a set."""
    x, y, rows = data.x, data.y, data.frame()
    learn = np.arange(len(x)) % 5 != 0
    for kind, settings in LIGHTGBM.items():
        fitted = lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, random_state=1, **settings).fit(x, y)
        yield of_lightgbm(f"{data.name}-lightgbm-{kind}", fitted, rows)
    named, named_rows = with_categories(data, "é"), with_categories(data, "é", data.rows)
    fitted = lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, n_estimators=40).fit(named, y)
    yield of_lightgbm(f"{data.name}-lightgbm-names", fitted, named_rows)
    fitted = lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, n_estimators=30)
    fitted.fit(x, y, categorical_feature=data.categories)
    yield of_lightgbm(f"{data.name}-lightgbm-codes", fitted, rows)
    fitted = lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, n_estimators=300, learning_rate=0.3)
    stop = lightgbm.early_stopping(5, verbose=False)
    fitted.fit(x[learn], y[learn], eval_set=[(x[~learn], y[~learn])], callbacks=[stop])
    yield of_lightgbm(f"{data.name}-lightgbm-stopped", fitted, rows)

    for kind, settings in XGBOOST.items():
        fitted = xgboost.XGBClassifier(n_jobs=1, random_state=1, **settings).fit(x, y)
        yield of_xgboost(f"{data.name}-xgboost-{kind}", fitted, rows)
    fitted = xgboost.XGBRFClassifier(n_jobs=1, random_state=1, n_estimators=10, max_depth=5).fit(x, y)
    yield of_xgboost(f"{data.name}-xgboost-forest", fitted, rows)
    named, named_rows = with_categories(data, "c"), with_categories(data, "c", data.rows)
    fitted = xgboost.XGBClassifier(n_jobs=1, n_estimators=40, enable_categorical=True, max_cat_to_onehot=4)
    model = of_xgboost(f"{data.name}-xgboost-names", fitted.fit(named, y), named_rows)
    # XGBoost tells codes that training never saw from missing ones.
    model.rows = data.rows.copy()
    for i, column in enumerate(data.x.columns):
        if column in data.categories:
            model.rows[named_rows[column].isna().to_numpy(), i] = np.nan
    yield model
    types = ["c" if column in data.categories else "q" for column in x]
    fitted = xgboost.XGBClassifier(n_jobs=1, n_estimators=40, enable_categorical=True, feature_types=types)
    yield of_xgboost(f"{data.name}-xgboost-codes", fitted.fit(x.to_numpy(), y), rows.to_numpy())
    fitted = xgboost.XGBClassifier(n_jobs=1, n_estimators=300, learning_rate=0.5, early_stopping_rounds=5)
    fitted.fit(x[learn], y[learn], eval_set=[(x[~learn], y[~learn])], verbose=False)
    yield of_xgboost(f"{data.name}-xgboost-stopped", fitted, rows)
