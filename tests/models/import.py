"""Trains models on exported rows, and writes each with rows and what Python says of them.

    python import.py TRAIN_SET.parquet OUT
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import inkling_check

FEATURES = ["session.page_views", "session.seconds", "session.engaged_ms", "session.funnel_step", "session.number",
            "session.seconds_since_page_view", "visitor.active_days"]

DAY = "moment.weekday"


def main() -> None:
    """Trains them."""
    rows = pd.read_parquet(sys.argv[1])
    out = Path(sys.argv[2])
    fit = rows[rows["split"].isin(["train", "validation", "calibration"])]
    models = {
        "trees": HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, early_stopping=False),
        "weights": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=200)),
    }
    # Categories that are numbers with gaps, as `from_dtype` takes them.
    coded = rows.assign(**{DAY: pd.Categorical(rows[DAY], categories=[float(day) for day in (1, 3, 4, 6)])})
    by_day = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, early_stopping=False, categorical_features="from_dtype")
    by_day.fit(coded.loc[fit.index, [DAY, *FEATURES[:2]]], fit["label"])
    inkling_check.write(by_day, coded[[DAY, *FEATURES[:2]]].head(10_000), out / "codes")
    for name, model in models.items():
        model.fit(fit[FEATURES], fit["label"], **({"sample_weight": fit["weight"]} if name == "trees" else {}))
        inkling_check.write(model, rows[FEATURES].head(10_000), out / name)


if __name__ == "__main__":
    main()
