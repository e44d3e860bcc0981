"""Models of scikit-learn."""

import copy
from typing import Iterator

import numpy as np
from data import Data
from model import Model
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import boosters


def leaves_of(fitted, x) -> np.ndarray | None:
    """The leaf of each row and tree; HistGradientBoosting tells only values of leaves, so they are numbered first."""
    if isinstance(fitted, CalibratedClassifierCV):
        return np.column_stack([leaves_of(one.estimator, x) for one in fitted.calibrated_classifiers_])
    if isinstance(fitted, FrozenEstimator):
        return leaves_of(fitted.estimator, x)
    if hasattr(fitted, "steps") and hasattr(fitted[-1], "estimators_"):
        return fitted[-1].apply(fitted[:-1].transform(x).astype(np.float32)).reshape(len(x), -1)
    if hasattr(fitted, "_predictors"):
        coded = fitted._preprocess_X(x, reset=False)
        known, places = fitted._bin_mapper.make_known_categories_bitsets()
        trees = [copy.deepcopy(tree) for stage in fitted._predictors for tree in stage]
        for tree in trees:
            tree.nodes["value"] = np.arange(len(tree.nodes))
        return np.column_stack([tree.predict(coded, known, places, 1) for tree in trees])
    if hasattr(fitted, "tree_"):
        return fitted.apply(x.to_numpy(np.float32)).reshape(-1, 1)
    return fitted.apply(x.to_numpy(np.float32)).reshape(len(x), -1) if hasattr(fitted, "estimators_") else None


def numbers_and_categories(data: Data, unknown: str) -> ColumnTransformer:
    """Numbers filled in and scaled, categories one by one, one column as it is, the last one dropped."""
    numbers = [c for c in data.x if c not in data.categories]
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return ColumnTransformer(
        [
            ("scaled", scaled, numbers[:-2]),
            ("coded", OneHotEncoder(handle_unknown=unknown, drop="first"), data.categories),
            ("filled", SimpleImputer(), numbers[-2:-1]),
        ]
    )


def linear(data: Data) -> Iterator[tuple[str, object]]:
    """Logistic regressions and what may stand before them."""
    regression = LogisticRegression(max_iter=300)
    yield "regression-imputed", make_pipeline(SimpleImputer(), regression)
    yield "regression-standard", make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), regression)
    yield "regression-standard-first", make_pipeline(StandardScaler(), SimpleImputer(), LogisticRegression(C=0.01))
    yield "regression-minmax", make_pipeline(SimpleImputer(), MinMaxScaler((-1, 1)), regression)
    yield "regression-columns", make_pipeline(numbers_and_categories(data, "ignore"), regression)
    yield "regression-two-scalers", make_pipeline(SimpleImputer(), MinMaxScaler(), StandardScaler(with_mean=False), regression)
    base = make_pipeline(SimpleImputer(), StandardScaler(), regression)
    yield "regression-sigmoid", CalibratedClassifierCV(base, method="sigmoid", ensemble=False, cv=3)
    yield "regression-isotonic", CalibratedClassifierCV(base, method="isotonic", ensemble=False, cv=3)
    # Five calibrated classifiers, which is the default.
    yield "regression-sigmoid-folds", CalibratedClassifierCV(base)
    coded = make_pipeline(numbers_and_categories(data, "ignore"), regression)
    yield "regression-isotonic-folds", CalibratedClassifierCV(coded, method="isotonic", cv=3)
    if not data.x.isna().any().any():
        yield "regression", LogisticRegression(max_iter=100)
        yield "regression-ordinal", make_pipeline(
            ColumnTransformer([("o", OrdinalEncoder(), ["Month"] if "Month" in data.x else data.categories)],
                              remainder="passthrough"), StandardScaler(), regression)


def trees(data: Data) -> Iterator[tuple[str, object]]:
    """Trees, boosted and not."""
    yield "histogram", HistGradientBoostingClassifier(random_state=1)
    yield "histogram-codes", HistGradientBoostingClassifier(categorical_features=data.categories, max_iter=40, random_state=1)
    yield "forest", RandomForestClassifier(30, random_state=1, max_depth=12)
    yield "extra-trees", ExtraTreesClassifier(10, random_state=1, max_depth=15)
    yield "tree", DecisionTreeClassifier(random_state=1, max_depth=8)
    filled = SimpleImputer(strategy="median")
    yield "gradient-imputed", make_pipeline(filled, GradientBoostingClassifier(n_estimators=30, subsample=0.5, random_state=1))
    histogram = HistGradientBoostingClassifier(max_iter=30, random_state=1)
    yield "histogram-isotonic", CalibratedClassifierCV(histogram, method="isotonic", ensemble=False, cv=3)
    forest = RandomForestClassifier(20, random_state=1, max_depth=10)
    yield "forest-sigmoid", CalibratedClassifierCV(forest, method="sigmoid", ensemble=False, cv=3)
    yield "forest-isotonic", CalibratedClassifierCV(forest, method="isotonic", ensemble=False, cv=3)
    histogram = HistGradientBoostingClassifier(categorical_features=data.categories, max_iter=4, random_state=1)
    yield "histogram-sigmoid-folds", CalibratedClassifierCV(histogram)
    forest = RandomForestClassifier(8, random_state=1, max_depth=8)
    yield "forest-isotonic-folds", CalibratedClassifierCV(forest, method="isotonic", cv=3)
    gradient = make_pipeline(filled, GradientBoostingClassifier(n_estimators=10, random_state=1))
    yield "gradient-sigmoid-folds", CalibratedClassifierCV(gradient, method="sigmoid", cv=2)
    if not data.x.isna().any().any():
        yield "gradient", GradientBoostingClassifier(random_state=1)
        yield "gradient-zero", GradientBoostingClassifier(init="zero", n_estimators=20, random_state=1)


def models(data: Data) -> Iterator[Model]:
    """The kinds, on a set."""
    x, y, rows = data.x, data.y, data.frame()
    for name, estimator in linear(data):
        fitted = clone(estimator).fit(x, y)
        yield Model(f"{data.name}-{name}", fitted, fitted.predict_proba(rows)[:, 1], kind="linear")
    for name, estimator in trees(data):
        fitted = clone(estimator).fit(x, y)
        yield Model(f"{data.name}-{name}", fitted, fitted.predict_proba(rows)[:, 1], leaves=leaves_of(fitted, rows))
    half = np.arange(len(x)) % 2 == 0
    base = HistGradientBoostingClassifier(max_iter=20, random_state=1).fit(x[half], y[half])
    fitted = CalibratedClassifierCV(FrozenEstimator(base), method="sigmoid").fit(x[~half], y[~half])
    yield Model(f"{data.name}-histogram-frozen", fitted, fitted.predict_proba(rows)[:, 1], leaves=leaves_of(fitted, rows))
    # Names of categories, told by the type of the columns.
    named, named_rows = boosters.with_categories(data, "é"), boosters.with_categories(data, "é", data.rows)
    seen = {c: sorted(data.x[c].dropna().unique()) for c in data.categories}
    fitted = HistGradientBoostingClassifier(max_iter=30, random_state=1, categorical_features="from_dtype").fit(named, y)
    model = Model(f"{data.name}-histogram-names", fitted, fitted.predict_proba(named_rows)[:, 1], leaves=leaves_of(fitted, named_rows))
    # Its codes count the names that training saw.
    model.rows = data.rows.copy()
    for i, column in enumerate(data.x.columns):
        if column in seen:
            place = {code: place for place, code in enumerate(seen[column])}
            model.rows[:, i] = [place.get(code, np.nan) for code in data.rows[:, i].astype(float)]
    yield model
