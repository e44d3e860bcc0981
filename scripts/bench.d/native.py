"""The same trees: trained by LightGBM on rows of the warehouse, scored by LightGBM, by Inkling, and by m2cgen's code."""
import json
import sys
import time

import lightgbm
import m2cgen
import numpy as np

from commands import note, run

TREES, LEAVES, FEATURES, ROWS, SINGLE = 100, 31, 42, 100_000, 20_000
#: Rows to train on: more only take time.
TRAINING_ROWS = 250_000
SEED = 1


def rows_of(bench, place, last, folder):
    """Training rows: all features of the session target."""
    run(bench, "rows", place["warehouse"], last, folder)
    meta = json.loads((folder / "rows.json").read_text())
    columns = np.fromfile(folder / "features.f32", dtype="<f4").reshape(len(meta["features"]), meta["rows"])
    labels = np.fromfile(folder / "labels.u8", dtype="u1")
    return meta, columns.T, labels


def fit(rows, labels):
    model = lightgbm.LGBMClassifier(n_estimators=TREES, num_leaves=LEAVES, n_jobs=2, random_state=SEED,
                                    deterministic=True, force_row_wise=True, verbosity=-1)
    return model.fit(rows, labels)


def prepare(bench, place, last, folder):
    """Trains the peer and leaves in the folder what the others read: trees, rows, margins, JavaScript."""
    note("training LightGBM on the warehouse's rows")
    meta, rows, labels = rows_of(bench, place, last, folder)
    kept = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:TRAINING_ROWS])
    rows, labels = rows[kept], labels[kept]
    # The features that matter most to LightGBM.
    gain = fit(rows, labels).booster_.feature_importance("gain")
    chosen = np.sort(np.argsort(-gain, kind="stable")[:FEATURES])
    rows = np.ascontiguousarray(rows[:, chosen])
    model = fit(rows, labels)
    booster = model.booster_
    picked = np.random.default_rng(SEED).choice(len(rows), ROWS, replace=len(rows) < ROWS)
    # In their own order: neighbours are moments of one visit, as in the job.
    sample = np.ascontiguousarray(rows[np.sort(picked)])
    margins = booster.predict(sample, raw_score=True, num_threads=1)
    sample.astype("<f4").tofile(folder / "rows.f32")
    margins.astype("<f8").tofile(folder / "margins.f64")
    names = [meta["features"][i] for i in chosen]
    (folder / "trees.json").write_text(json.dumps(booster.dump_model()))
    (folder / "meta.json").write_text(json.dumps({"features": names, "profile": meta["profile"]}))
    sys.setrecursionlimit(1 << 16)
    (folder / "m2cgen.js").write_text(m2cgen.export_to_javascript(model))
    shape = {"training_rows": len(rows), "features": len(names), "trees": booster.num_trees(),
             "leaves": sum(t["num_leaves"] for t in booster.dump_model()["tree_info"]),
             "missing_share": float(np.isnan(sample).mean())}
    return booster, sample, shape


def lightgbm_pass(booster, sample):
    """CPU nanoseconds a row of one batch, and wall nanoseconds of single rows (with the Python call)."""
    start = time.process_time_ns()
    booster.predict(sample, raw_score=True, num_threads=1)
    batch = (time.process_time_ns() - start) / len(sample)
    single = []
    for i in np.random.default_rng(SEED).integers(0, len(sample), SINGLE // 10):
        row = sample[i:i + 1]
        start = time.perf_counter_ns()
        booster.predict(row, raw_score=True, num_threads=1)
        single.append(time.perf_counter_ns() - start)
    return {"batch_cpu_ns": batch, "one_row_p50_ns": float(np.percentile(single, 50)),
            "one_row_p95_ns": float(np.percentile(single, 95))}


def inkling_pass(bench, folder):
    return json.loads(run(bench, "score", folder))


def best(passes):
    """The fastest pass by each figure."""
    return {key: min(p[key] for p in passes) for key in passes[0]}
