"""The rows of the views, of scores and their outcomes, as scikit-learn and numpy compute them.

    python shown.py DOCUMENT.json

The document: {"outcomes": [{"day", "target", "model", "score", "label", "weight", "decile", "cluster", "device", "channel",
"visitor", "country"}], of a day and model each; "thresholds": {model: those shown}; "serving": the model of the sentence of
the day; "horizon_days", "bins", "window_days", "least": {"visitors", "conversions"}; "reports": {model: [measures of its
test]}}. On stdout the rows by view.
"""

import json
import sys
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
from reference import calibration, lift, weighted_error, wilson
from scipy.stats import norm
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

DIMENSIONS = ["device", "channel", "visitor", "country"]
# A measure, and its name in the report of a training.
METRICS = {
    "auc": "auc",
    "pr_auc": "pr_auc",
    "log_loss": "log_loss",
    "brier": "brier",
    "ece": "calibration_error",
    "calibration_ratio": "calibration_ratio",
    "lift": "top_decile_lift",
}


class Scores:
    """Scores of one model, with what came true."""

    def __init__(self, days: list[dict]):
        self.target, self.model = days[0]["target"], days[0]["model"]
        dates = [date.fromisoformat(day["day"]) for day in days]
        self.first, self.last = min(dates), max(dates)
        self.days = (self.last - self.first).days + 1
        joined = lambda name, of: np.concatenate([np.array(day[name], dtype=of) for day in days])
        self.score, self.weight = joined("score", float), joined("weight", float)
        self.label, self.decile = joined("label", int), joined("decile", int)
        # Visitors have a number of the day.
        self.visitor = [(at, number) for at, day in enumerate(days) for number in day["cluster"]]
        self.words = {name: joined(name, object) for name in DIMENSIONS}

    def of(self, rows: np.ndarray) -> "Scores":
        part = object.__new__(Scores)
        part.__dict__.update(self.__dict__)
        part.score, part.weight, part.label = self.score[rows], self.weight[rows], self.label[rows]
        part.visitor = [self.visitor[row] for row in np.flatnonzero(rows)]
        return part

    def mean(self, values: np.ndarray) -> float:
        return float(np.average(values, weights=self.weight))

    def both(self) -> bool:
        return 0 < self.label.sum() < len(self.label)

    def ratio(self) -> float | None:
        rate = self.mean(self.label)
        return self.mean(self.score) / rate if rate else None

    def overlap(self, horizon: int) -> float:
        """How often an outcome is counted: days whose horizon it is in, or page views of a visitor who converts."""
        if self.target == "visitor":
            return min(self.days, horizon)
        views = defaultdict(float)
        for visitor, label, weight in zip(self.visitor, self.label, self.weight):
            if label:
                views[visitor] += weight
        n = np.array(list(views.values()))
        return float(np.average(n, weights=n)) if len(n) else 1.0

    def people(self, overlap: float) -> tuple[int, int]:
        """Visitors of a day on average, and those who convert."""
        weights = dict(zip(self.visitor, self.weight))
        converted = {visitor for visitor, label in zip(self.visitor, self.label) if label}
        often = overlap if self.target == "visitor" else 1.0
        return int(sum(weights.values()) // self.days), int(len(converted) // often)

    def window(self) -> dict:
        return {"model_version": self.model, "window_start": str(self.first), "window_end": str(self.last)}


def bins_of(scores: Scores, bins: int, overlap: float) -> list[dict]:
    edges, same = np.arange(1, bins) / bins, len(set(scores.weight)) == 1
    if same:
        edges = np.quantile(scores.score, edges)
    else:
        edges = np.quantile(scores.score, edges, weights=scores.weight, method="inverted_cdf")
    number = np.searchsorted(edges, scores.score)
    rows = []
    for at in np.unique(number):
        of = scores.of(number == at)
        mass, observed = of.weight.sum(), of.mean(of.label)
        low, high = wilson(observed * mass / overlap, mass / overlap)
        row = {"bin": len(rows) + 1, "score_low": of.score.min(), "score_high": of.score.max(), "visitors": int(mass)}
        row |= {"predicted_mean": of.mean(of.score), "observed_rate": observed, "ci_low": low, "ci_high": high}
        rows.append(scores.window() | row | {"labels_mature": True})
    if same:
        # They are scikit-learn's bins.
        theirs = calibration(scores.score, scores.label, bins)
        for row, predicted, observed in zip(rows, theirs["predicted"], theirs["observed"], strict=True):
            row |= {"predicted_mean": predicted, "observed_rate": observed}
    return rows


def gains(scores: Scores) -> list[dict]:
    """Tenths of the mass; equal scores that cross a border count by their share."""
    groups = np.unique(-scores.score, return_inverse=True)[1]
    mass = np.concatenate([[0], np.cumsum(np.bincount(groups, weights=scores.weight))])
    found = np.concatenate([[0], np.cumsum(np.bincount(groups, weights=scores.weight * scores.label))])
    share = np.arange(11) / 10
    above = np.interp(share * mass[-1], mass, found)
    base, tenth = found[-1] / mass[-1], mass[-1] / 10
    rows = []
    for at, inside in enumerate(np.diff(above)):
        row = {"decile": at + 1, "visitors": int(np.floor(tenth + 0.5)), "conversions": inside}
        row |= {"conversion_rate": inside / tenth, "lift": inside / tenth / base, "base_rate": base}
        row |= {"cum_visitors_share": share[at + 1], "cum_conversions_share": above[at + 1] / found[-1]}
        rows.append(scores.window() | row)
    return rows


def points(scores: Scores, shown: list[float]) -> list[dict]:
    of = {"sample_weight": scores.weight}
    fpr, tpr, of_roc = roc_curve(scores.label, scores.score, drop_intermediate=False, **of)
    precision, recall, of_precision = precision_recall_curve(scores.label, scores.score, **of)
    at_roc, at_precision = ({t: at for at, t in enumerate(all)} for all in (of_roc.tolist(), of_precision.tolist()))
    assert max(shown) == scores.score.max() and min(shown) == scores.score.min(), "the ends of the curve"
    true, false = scores.weight * scores.label, scores.weight * (1 - scores.label)
    rows = []
    for threshold in shown:
        flagged, a, b = scores.score >= threshold, at_roc[threshold], at_precision[threshold]
        row = {"threshold": threshold, "tpr": tpr[a], "fpr": fpr[a], "precision": precision[b], "recall": recall[b]}
        row |= {"tp": true[flagged].sum(), "fp": false[flagged].sum()}
        row |= {"tn": false[~flagged].sum(), "fn": true[~flagged].sum()}
        rows.append(scores.window() | row | {"flagged_share": scores.weight[flagged].sum() / scores.weight.sum()})
    return rows


def realised(scores: Scores, bins: int) -> dict:
    if not scores.both():
        return dict.fromkeys(METRICS)
    label, score, weight = scores.label, scores.score, scores.weight
    same = len(set(weight)) == 1
    of = {"sample_weight": weight}
    return {
        "auc": roc_auc_score(label, score, **of),
        "pr_auc": average_precision_score(label, score, **of),
        "log_loss": log_loss(label, score, **of),
        "brier": brier_score_loss(label, score, **of),
        "ece": calibration(score, label, bins)["error"] if same else weighted_error(score, label, weight, bins),
        "calibration_ratio": scores.ratio(),
        "lift": lift(score, label, weight, 0.1),
    }


def estimated(scores: Scores) -> dict:
    """A score p counts as p of a row that came true and 1 - p of one that did not."""
    score, weight = scores.score, scores.weight
    label, twice = np.repeat([1, 0], len(score)), np.tile(score, 2)
    of = {"sample_weight": np.concatenate([weight * score, weight * (1 - score)])}
    return dict.fromkeys(METRICS) | {
        "auc": roc_auc_score(label, twice, **of),
        "pr_auc": average_precision_score(label, twice, **of),
        "log_loss": log_loss(label, twice, **of),
        "brier": brier_score_loss(label, twice, **of),
        "lift": lift(score, score, weight, 0.1),
    }


def deviation(auc: float, positives: float, negatives: float) -> float:
    """Hanley and McNeil, 1982."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (q1 - auc**2) + (negatives - 1) * (q2 - auc**2)
    return float(np.sqrt(variance / (positives * negatives)))


def performance(scores: Scores, bins: int, overlap: float, report: list[dict]) -> list[dict]:
    known, promised = realised(scores, bins), estimated(scores)
    test = {measure["name"]: measure["model"] for measure in report}
    positives = (scores.weight * scores.label).sum()
    rows = []
    for metric, name in METRICS.items():
        usual, low, high = test.get(name, {}).get("value"), None, None
        if metric == "auc" and usual is not None:
            chance = deviation(usual, positives / overlap, (scores.weight.sum() - positives) / overlap)
            of_test = (test[name]["high"] - test[name]["low"]) / (2 * norm.ppf(0.975))
            low, high = (usual + side * 2 * np.hypot(chance, of_test) for side in (-1, 1))
            high = min(high, 1.0)
        row = {"event_date": str(scores.last), "model_version": scores.model, "metric": metric, "low": low, "high": high}
        row |= {"value_realised": known[metric], "value_estimated": promised[metric], "labels_mature": True}
        row |= {"ref_mean": 1.0 if metric == "calibration_ratio" else usual, "labels": int(scores.weight.sum())}
        rows.append(row)
    return rows


def by_tenth_of_the_day(scores: Scores) -> list[dict]:
    rows = []
    for decile in range(1, 11):
        inside = scores.decile == decile
        row = {"event_date": str(scores.last), "model_version": scores.model, "decile": decile}
        row |= {"visitors": int(scores.weight[inside].sum())}
        rows.append(row | {"conversions": int((scores.weight * scores.label)[inside].sum())})
    return rows


def segments(scores: Scores, overlap: float, least: dict) -> list[dict]:
    rows = []
    for dimension in sorted(DIMENSIONS):
        for word in sorted(set(scores.words[dimension])):
            of = scores.of(scores.words[dimension] == word)
            people, converted = of.people(overlap)
            row = {"model_version": scores.model, "window_end": str(scores.last), "dimension": dimension, "segment": word}
            figures = {
                "visitors": int(of.weight.sum()),
                "conversions": int((of.weight * of.label).sum()),
                "conversion_rate": of.mean(of.label),
                "mean_score": of.mean(of.score),
                "calibration_ratio": of.ratio(),
                "lift_top10": lift(of.score, of.label, of.weight, 0.1) if of.both() else None,
                "auc": roc_auc_score(of.label, of.score, sample_weight=of.weight) if of.both() else None,
            }
            small = people < least["visitors"] or converted < least["conversions"]
            rows.append(row | (dict.fromkeys(figures) if small else figures) | {"suppressed": small})
    return rows


def windows(outcomes: list[dict], days: int) -> list[Scores]:
    """The last days of each target whose outcomes are known, by model."""
    found = defaultdict(list)
    for target in {of["target"] for of in outcomes}:
        mine = [of for of in outcomes if of["target"] == target]
        last = max(date.fromisoformat(of["day"]) for of in mine)
        for of in mine:
            if date.fromisoformat(of["day"]) > last - timedelta(days=days):
                found[of["model"]].append(of)
    return [Scores(found[model]) for model in sorted(found)]


def main() -> None:
    document = json.load(open(sys.argv[1]))
    bins, horizon, least = document["bins"], document["horizon_days"], document["least"]
    said = defaultdict(list)
    for window in windows(document["outcomes"], document["window_days"]):
        overlap = window.overlap(horizon)
        said["v_calibration"] += bins_of(window, bins, overlap)
        said["v_gains_deciles"] += gains(window)
        said["v_roc_pr_points"] += points(window, document["thresholds"][window.model])
        said["v_segment_performance"] += segments(window, overlap, least)
        if window.model == document["serving"]:
            row = {"calibration_ratio": window.ratio(), "auc_realised": realised(window, bins)["auc"]}
            said["v_health_today"] = [row | {"model_version": window.model}]
    days = sorted((Scores([of]) for of in document["outcomes"]), key=lambda of: (of.last, of.model))
    for day in days:
        report = document["reports"].get(day.model, [])
        rows = performance(day, bins, day.overlap(horizon), report)
        said["v_performance_daily"] += sorted(rows, key=lambda row: row["metric"])
        said["v_conversions_by_decile_daily"] += by_tenth_of_the_day(day)
    as_number = lambda value: value.item() if isinstance(value, np.generic) else str(value)
    json.dump(said, sys.stdout, default=as_number)


main()
