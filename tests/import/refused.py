"""Models that have no exact counterpart, each with the words that its refusal must name.

    python refused.py OUT     (further arguments are ignored)

In OUT `refused.json`: [{"file", "names"}].
"""

import json
import pickle
import sys
from pathlib import Path

import lightgbm
import numpy as np
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

few = {"n_estimators": 3, "max_depth": 2}
light = {"verbose": -1, "n_estimators": 3, "num_leaves": 4}


def fitted() -> dict[str, tuple[object, str]]:
    """By name of the file, the model and what must be named."""
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.normal(size=(600, 3)), rng.integers(0, 4, 600)])
    y = (x[:, 0] + rng.normal(size=600) > 0).astype(int)
    three = y + (x[:, 1] > 1)
    regression = LogisticRegression()
    halves = np.where(x > 0, x, 0.5)
    names = np.array([f"n{i % 300}" for i in range(600)], dtype=object).reshape(-1, 1)
    models = {
        "regression-three": (LogisticRegression().fit(x, three), "3 classes"),
        "forest-three": (RandomForestClassifier(3).fit(x, three), "3 classes"),
        "forest-outputs": (RandomForestClassifier(3).fit(x, np.column_stack([y, y])), "RandomForestClassifier"),
        "gradient-exponential": (GradientBoostingClassifier(n_estimators=3, loss="exponential").fit(x, y), "ExponentialLoss"),
        "gradient-init": (GradientBoostingClassifier(n_estimators=3, init=LogisticRegression()).fit(x, y), "init="),
        "scaled-trees": (make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=3)).fit(x, y), "scaled column"),
        "calibrated-forty": (CalibratedClassifierCV(LogisticRegression(), cv=40).fit(x, y), "40 calibrated classifiers"),
        "calibrated-twice": (
            CalibratedClassifierCV(CalibratedClassifierCV(LogisticRegression(), cv=2), cv=2).fit(x, y),
            "both with several calibrated classifiers",
        ),
        "calibrated-boosted": (
            CalibratedClassifierCV(lightgbm.LGBMClassifier(**light), ensemble=False).fit(x, y),
            "LGBMClassifier",
        ),
        "calibrated-temperature": (
            CalibratedClassifierCV(LogisticRegression(), method="temperature", ensemble=False).fit(x, y),
            "_TemperatureScaling",
        ),
        "calibrated-turned": (
            CalibratedClassifierCV(FrozenEstimator(LogisticRegression().fit(x, 1 - y)), method="sigmoid").fit(x, y),
            "turns the order",
        ),
        "clipped": (make_pipeline(MinMaxScaler(clip=True), regression).fit(x, y), "clip=True"),
        "imputed-flag": (make_pipeline(SimpleImputer(add_indicator=True), regression).fit(x, y), "MissingIndicator"),
        "imputed-zero": (make_pipeline(SimpleImputer(missing_values=0), regression).fit(x, y), "missing_values"),
        "coded-halves": (make_pipeline(OneHotEncoder(handle_unknown="ignore"), regression).fit(halves, y), "category"),
        "coded-rare": (
            make_pipeline(ColumnTransformer([("c", OneHotEncoder(min_frequency=200), [3])]), regression).fit(x, y),
            "min_frequency",
        ),
        "coded-names": (make_pipeline(OneHotEncoder(handle_unknown="ignore"), regression).fit(names, y), "300 categories"),
        "coded-order": (
            make_pipeline(ColumnTransformer([("c", OrdinalEncoder(), [3])]), regression).fit(np.where(x == 1, 7, x), y),
            "OrdinalEncoder",
        ),
        "lightgbm-three": (lightgbm.LGBMClassifier(**light).fit(x, three), "classes"),
        "lightgbm-linear": (lightgbm.LGBMClassifier(**light, linear_tree=True).fit(x, y), "linear_tree"),
        "lightgbm-zero": (
            lightgbm.LGBMClassifier(**light, zero_as_missing=True).fit(np.where(np.abs(x) < 0.5, 0, x), y),
            "zero_as_missing",
        ),
        "lightgbm-entropy": (lightgbm.LGBMClassifier(**light, objective="cross_entropy").fit(x, y), "cross_entropy"),
        "lightgbm-early": (lightgbm.LGBMClassifier(**light, pred_early_stop=True).fit(x, y), "pred_early_stop"),
        "xgboost-three": (xgboost.XGBClassifier(**few).fit(x, three), "classes"),
        "xgboost-dart": (xgboost.XGBClassifier(**few, booster="dart").fit(x, y), "dart"),
        "xgboost-linear": (xgboost.XGBClassifier(n_estimators=3, booster="gblinear").fit(x, y), "gblinear"),
        "xgboost-hinge": (xgboost.XGBClassifier(**few, objective="binary:hinge").fit(x, y), "binary:hinge"),
        "xgboost-missing": (xgboost.XGBClassifier(**few, missing=-1.0).fit(x, y), "missing=-1"),
    }
    return models


def main() -> None:
    """Writes them."""
    out, listed = Path(sys.argv[1]), []
    for name, (model, names) in fitted().items():
        (out / f"{name}.pickle").write_bytes(pickle.dumps(model))
        listed.append({"file": f"{name}.pickle", "names": names})
        if isinstance(model, lightgbm.LGBMClassifier) and name not in ("lightgbm-three", "lightgbm-early"):
            model.booster_.save_model(str(out / f"{name}.txt"))
            listed.append({"file": f"{name}.txt", "names": names})
        if isinstance(model, xgboost.XGBClassifier) and name != "xgboost-missing":
            model.save_model(str(out / f"{name}.json"))
            listed.append({"file": f"{name}.json", "names": names})
    (out / "refused.json").write_text(json.dumps(listed))


if __name__ == "__main__":
    main()
