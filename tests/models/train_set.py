"""Reads an exported train set as a data scientist would, and makes a model of it.

Prints JSON: what pandas sees, and the AUC on the rows of the test of a model that scikit-learn made of the others.
"""

import json
import sys

import numpy
import pandas
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

path, features = sys.argv[1], int(sys.argv[2])
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
learn = rows["split"].isin(["train", "validation"])
test = rows["split"] == "test"
model = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.06, max_leaf_nodes=15, random_state=1)
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
