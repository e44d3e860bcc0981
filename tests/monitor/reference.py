"""Measures as scikit-learn, scipy, NannyML and Evidently define them.

    python reference.py DOCUMENT.json

The document: {"score", "label", "weight", "bins", "points": [thresholds], "estimated": scores without labels,
"features": [{"kind", "reference", "today", "bins_reference", "bins_today"}]}. On stdout the measures by name.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from scipy.stats import norm, wasserstein_distance
from scipy.spatial.distance import jensenshannon
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

warnings.filterwarnings("ignore")


def wilson(successes: float, rows: float) -> list[float]:
    """Wilson's interval, solved from its definition: |p - share| = z sqrt(p (1 - p) / n)."""
    z, share = norm.ppf(0.975), successes / rows
    low, high = np.roots([1 + z * z / rows, -(2 * share + z * z / rows), share * share])[::-1]
    return [float(low), float(high)]


def calibration(score: np.ndarray, label: np.ndarray, bins: int) -> dict:
    observed, predicted = calibration_curve(label, score, n_bins=bins, strategy="quantile")
    edges = np.quantile(score, np.linspace(0, 1, bins + 1))
    number = np.searchsorted(edges[1:-1], score)
    rows = [int(n) for n in np.bincount(number, minlength=bins) if n]
    error = float(np.sum(np.array(rows) * np.abs(observed - predicted)) / len(score))
    intervals = [wilson(share * n, n) for share, n in zip(observed, rows)]
    return {"observed": observed.tolist(), "predicted": predicted.tolist(), "rows": rows, "error": error, "intervals": intervals}


def weighted_error(score: np.ndarray, label: np.ndarray, weight: np.ndarray, bins: int) -> float:
    """The same error of weighted rows: edges are numpy's weighted quantiles, and a score on an edge is in the bin below."""
    edges = np.quantile(score, np.arange(1, bins) / bins, weights=weight, method="inverted_cdf")
    number = np.searchsorted(edges, score)
    gaps = [abs(np.sum(weight[number == at] * (score - label)[number == at])) for at in range(bins)]
    return float(np.sum(gaps) / weight.sum())


def lift(score: np.ndarray, true: np.ndarray, weight: np.ndarray, share: float) -> float:
    """Share of what is true in the top rows over their share; equal scores that cross the border count by their part."""
    groups = np.unique(-score, return_inverse=True)[1]
    rows = np.concatenate([[0], np.cumsum(np.bincount(groups, weights=weight))])
    found = np.concatenate([[0], np.cumsum(np.bincount(groups, weights=weight * true))])
    return float(np.interp(share * rows[-1], rows, found) / found[-1] / share)


def curve(score: np.ndarray, label: np.ndarray, weight: np.ndarray) -> dict:
    fpr, tpr, thresholds = roc_curve(label, score, sample_weight=weight, drop_intermediate=False)
    # From the lowest score on, and at the end the point at which nothing is flagged.
    precision, recall, ascending = precision_recall_curve(label, score, sample_weight=weight)
    assert np.array_equal(ascending[::-1], thresholds[1:]) and np.allclose(recall[-2::-1], tpr[1:], rtol=0, atol=1e-12)
    said = {"threshold": thresholds[1:], "fpr": fpr[1:], "tpr": tpr[1:], "precision": precision[-2::-1]}
    return {name: values.tolist() for name, values in said.items()}


def deciles(score: np.ndarray, label: np.ndarray) -> dict:
    """Of distinct scores, as many of them as ten divides: then a decile is a slice."""
    ranked = label[np.argsort(-score)]
    tenths = ranked.reshape(10, -1)
    rate = tenths.mean(axis=1)
    return {"lift": (rate / label.mean()).tolist(), "gain": (tenths.sum(axis=1).cumsum() / label.sum()).tolist()}


def estimated(score: np.ndarray) -> dict:
    from nannyml.performance_estimation.confidence_based.metrics import estimate_ap, estimate_roc_auc

    entropy = -(score * np.log(score) + (1 - score) * np.log1p(-score))
    return {
        "auc": float(estimate_roc_auc(score, score)),
        "pr_auc": float(estimate_ap(score, score)),
        # What these are expected to be, by their definitions.
        "log_loss": float(entropy.mean()),
        "brier": float((score * (1 - score)).mean()),
        "lift": lift(score, score, np.ones(len(score)), 0.1),
    }


def drift(feature: dict) -> dict:
    from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
    from evidently.legacy.calculations.stattests.psi import _psi
    from evidently.legacy.calculations.stattests.wasserstein_distance_norm import _wasserstein_distance_norm
    from evidently.legacy.core import ColumnType

    # Bins are the program's own; of these Evidently's measures are taken, as of categories.
    before, today = pd.Series(feature["bins_reference"]), pd.Series(feature["bins_today"])
    said = {
        "psi": float(_psi(before, today, ColumnType.Categorical, 0.1)[0]),
        "js_distance": float(_jensenshannon(before, today, ColumnType.Categorical, 0.1)[0]),
    }
    keys = sorted(set(before) | set(today))
    counts = [[int((series == key).sum()) for key in keys] for series in (before, today)]
    assert abs(jensenshannon(*counts) - said["js_distance"]) < 1e-12
    if feature["kind"] == "number":
        a, b = np.array(feature["reference"]), np.array(feature["today"])
        said["wasserstein_norm_of_all"] = float(
            _wasserstein_distance_norm(pd.Series(a), pd.Series(b), ColumnType.Numerical, 0.1)[0]
        )
        # Of the reference as it is kept, which Evidently has no weights for.
        points, mass = np.array(feature["points"]).T
        said["wasserstein_norm"] = wasserstein_distance(points, b, u_weights=mass) / max(np.std(a), 0.001)
        said["median"], said["ref_median"] = (float(np.quantile(x, 0.5, method="inverted_cdf")) for x in (b, a))
        edges = np.unique(np.quantile(a, np.arange(1, 10) / 10, method="inverted_cdf"))
        assert np.array_equal(edges, feature["edges"]), (edges, feature["edges"])
        assert abs(wasserstein_distance(a, b) / max(np.std(a), 0.001) - said["wasserstein_norm_of_all"]) < 1e-12
    return said


def main() -> None:
    document = json.load(open(sys.argv[1]))
    score, label = np.array(document["score"]), np.array(document["label"], dtype=int)
    weight = np.array(document["weight"])
    said = {
        "auc": float(roc_auc_score(label, score, sample_weight=weight)),
        "pr_auc": float(average_precision_score(label, score, sample_weight=weight)),
        "log_loss": float(log_loss(label, score, sample_weight=weight)),
        "brier": float(brier_score_loss(label, score, sample_weight=weight)),
        "weighted_error": weighted_error(score, label, weight, document["bins"]),
        "lift": lift(score, label, weight, 0.1),
        "calibration": calibration(score, label, document["bins"]),
        "curve": curve(score, label, weight),
        "deciles": deciles(np.array(document["distinct"]), np.array(document["distinct_label"], dtype=int)),
        "estimated": estimated(np.array(document["estimated"])),
        "features": [drift(feature) for feature in document["features"]],
    }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
