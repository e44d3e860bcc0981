"""Trains one model of each kind and writes it with the rows and what Python says of them.

    python train.py OUT [UCI.csv] [LEADS.csv]     ("-" for a set that is not there: generated data of its shape)

In OUT: `NAME.f32` (rows, little-endian), `manifest.json` with a model per entry:
{"name", "data", "kind": "linear" | "trees", "files": [...], "expected": FILE of float64, "leaves": FILE of int32 or null,
"margins": FILE of float32 or null,
"rows": FILE of float32 or null for the set's}.
"""

import itertools
import json
import pickle
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np

import boosters
import classics
from data import generated, leads, make, snapshots, stand_in, uci

warnings.filterwarnings("ignore")


def save(out: Path, model) -> list[str]:
    """The files of a model: pickles, joblib, and what it says itself."""
    files = []
    for protocol in (2, 3, 4, 5):
        files.append(f"{model.name}.p{protocol}.pickle")
        (out / files[-1]).write_bytes(pickle.dumps(model.fitted, protocol))
    files.append(f"{model.name}.joblib")
    joblib.dump(model.fitted, out / files[-1])
    for packing in ("zlib", "gzip", "bz2", "lz4", "xz", "lzma"):
        files.append(f"{model.name}.joblib.{packing}")
        joblib.dump(model.fitted, out / files[-1], compress=(packing, 3))
    for suffix, write in model.own_files.items():
        files.append(f"{model.name}.{suffix}")
        write(str(out / files[-1]))
    return files


def main() -> None:
    """Trains everything."""
    out = Path(sys.argv[1])
    paths = (sys.argv[2:] + ["-", "-"])[:2]
    sets = [
        uci(Path(paths[0])) if paths[0] != "-" else stand_in("uci"),
        leads(Path(paths[1])) if paths[1] != "-" else stand_in("leads"),
        generated(),
    ]
    x, y, categories = snapshots(out)
    sets.append(make("snapshots", x, y, categories, 4))
    # No feature is larger than it can be.
    sets[-1].rows = np.minimum(sets[-1].rows, x.max().to_numpy(np.float32))
    manifest = {"data": {}, "models": []}
    for data in sets:
        data.rows.astype("<f4").tofile(out / f"{data.name}.f32")
        manifest["data"][data.name] = {"columns": list(data.x.columns), "file": f"{data.name}.f32"}
        for model in itertools.chain(boosters.models(data), classics.models(data)):
            entry = {"name": model.name, "data": data.name, "kind": model.kind, "leaves": None, "margins": None, "rows": None}
            entry["files"] = save(out, model)
            entry["expected"] = f"{model.name}.expected"
            model.expected.astype("<f8").tofile(out / entry["expected"])
            for part, kind in (("leaves", "<i4"), ("margins", "<f4"), ("rows", "<f4")):
                values = getattr(model, part)
                if values is not None:
                    entry[part] = f"{model.name}.{part}"
                    np.ascontiguousarray(values.astype(kind)).tofile(out / entry[part])
            manifest["models"].append(entry)
    (out / "manifest.json").write_text(json.dumps(manifest))


if __name__ == "__main__":
    main()
