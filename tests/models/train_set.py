"""Reads an exported train set as a data scientist would, and makes a model of it.

    python train_set.py TRAIN_SET.parquet FEATURES SETTINGS

SETTINGS are those of Inkling's trees, as JSON. Prints JSON: what pandas sees, and the AUC on the rows of the test of trees that
scikit-learn grew by the same settings on the rows of the fit.
"""

import json
import sys

import numpy
import pandas
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

path, features, settings = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
rows = pandas.read_parquet(path)
names = list(rows.columns)[-features:]
values = rows[names]
assert (values.dtypes == "float64").all(), values.dtypes
assert (values == values.astype("float32")).where(values.notna(), True).all(axis=None), "served in single precision"


def bits(column):
    """The sum of the values' bits, modulo 2**64; missing ones count for nothing."""
    return str(int(column.dropna().to_numpy().view(numpy.uint64).sum(dtype=numpy.uint64)))


page_view = rows["page_view_number"].fillna(1).astype("float64")
weight = rows["weight"] * page_view**-0.25
learn = rows["split"] == "train"
test = rows["split"] == "test"
# The least leaf is a number of rows here, and a sum of p * (1 - p) over the rows there.
rate = numpy.average(rows["label"][learn], weights=weight[learn])
model = HistGradientBoostingClassifier(
    max_iter=settings["trees"],
    learning_rate=settings["learning_rate"],
    max_leaf_nodes=settings["leaves"],
    max_depth=settings["depth"],
    max_bins=settings["bins"],
    l2_regularization=settings["l2"],
    min_samples_leaf=round(settings["min_leaf_weight"] / (rate * (1 - rate))),
    # It would hold back a tenth of the rows, drawn at random.
    early_stopping=False,
)
# scikit-learn cannot put a feature into bins that is missing in every row.
used = [name for name in names if values[name][learn].notna().any()]
model.fit(values[used][learn], rows["label"][learn], sample_weight=weight[learn])
found = model.predict_proba(values[used][test])[:, 1]
print(
    json.dumps(
        {
            "columns": list(rows.columns),
            "rows": len(rows),
            "positives": int(rows["label"].sum()),
            "days": [str(rows["snapshot_date"].min()), str(rows["snapshot_date"].max())],
            "visitors": int(rows["visitor"].nunique()),
            "split": {str(name): int(n) for name, n in rows["split"].value_counts().items()},
            "bits": [bits(values[name]) for name in names],
            "missing": [int(values[name].isna().sum()) for name in names],
            "auc": roc_auc_score(rows["label"][test], found, sample_weight=rows["weight"][test]),
        }
    )
)
