"""What LightGBM, untuned, reaches on the two tables that are there: models, rows that they have not seen, and AUCs.

    python promised.py OUT [UCI.csv] [LEADS.csv]     ("-" for a set that is not there: it is left out)

UCI: ten folds, all columns. X Education: trained on the first seven tenths in the order of time, tested on the rest, without
the columns that are filled in afterwards. In OUT `promised.json`: {"name": [{"model", "rows", "width", "labels", "auc"}]}.
"""

import json
import pickle
import sys
from pathlib import Path

import lightgbm
import numpy as np
from data import Data, leads, uci
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold


def tested(out: Path, name: str, data: Data, learn: np.ndarray, test: np.ndarray) -> dict:
    """Trains on some rows, tests on others."""
    fitted = lightgbm.LGBMClassifier(verbose=-1, n_jobs=1)
    fitted.fit(data.x.iloc[learn], data.y[learn], categorical_feature=data.categories)
    (out / f"{name}.pickle").write_bytes(pickle.dumps(fitted))
    rows = data.x.iloc[test]
    rows.to_numpy("<f4").tofile(out / f"{name}.f32")
    data.y[test].astype("<i4").tofile(out / f"{name}.labels")
    auc = roc_auc_score(data.y[test], fitted.predict_proba(rows)[:, 1])
    files = {"model": f"{name}.pickle", "rows": f"{name}.f32", "labels": f"{name}.labels"}
    return files | {"width": rows.shape[1], "auc": auc}


def main() -> None:
    """Both tables."""
    out, paths = Path(sys.argv[1]), (sys.argv[2:] + ["-", "-"])[:2]
    results = {}
    if paths[0] != "-":
        data = uci(Path(paths[0]))
        folds = StratifiedKFold(10, shuffle=True, random_state=0).split(data.x, data.y)
        results["uci"] = [tested(out, f"uci-fold-{i}", data, *fold) for i, fold in enumerate(folds)]
    if paths[1] != "-":
        data = leads(Path(paths[1]))
        cut = len(data.x) * 7 // 10
        results["leads"] = [tested(out, "leads-later", data, np.arange(cut), np.arange(cut, len(data.x)))]
    (out / "promised.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
