"""Trains every kind of model on the rows of a site's visits, each written to one file that `inkling model import` reads.

    python on_events.py OUT

In OUT: `rows.json` ({"columns", "categories"}), `rows.f32` (row after row, little-endian) and `labels.i32`. Written there:
`models.json`, a list of {"name", "file", "map": FILE or null}. The kinds are those of `train.py`; those that refuse missing
values learn from the columns where none is.
"""

import itertools
import json
import pickle
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone

import boosters
import classics
from data import Data, make, snapshots
from model import Model

warnings.filterwarnings("ignore")


def write(out: Path, model: Model, columns: list[str]) -> dict:
    """The library's own file where there is one. Inputs without names are mapped."""
    suffix, save = next(iter(model.own_files.items()), ("pickle", None))
    file, mapping = f"{model.name}.{suffix}", None
    if save:
        save(str(out / file))
    else:
        (out / file).write_bytes(pickle.dumps(model.fitted))
    if getattr(model.fitted, "feature_names_in_", None) is None:
        mapping = f"{model.name}.map.json"
        (out / mapping).write_text(json.dumps({f"f{i}": column for i, column in enumerate(columns)}))
    return {"name": model.name, "file": file, "map": mapping}


def complete(data: Data, known: set[str]):
    """The kinds that are trained on whole rows only."""
    for name, estimator in itertools.chain(classics.linear(data), classics.trees(data)):
        if name not in known:
            yield Model(name, clone(estimator).fit(data.x, data.y), np.empty(0))


def main() -> None:
    """Trains everything."""
    out = Path(sys.argv[1])
    x, y, categories = snapshots(out)
    data = make("", x, y, categories, 5)
    # What they say of rows is compared elsewhere.
    data.rows = data.rows[:10]
    written = []
    for model in itertools.chain(boosters.models(data), classics.models(data)):
        model.name = model.name.lstrip("-")
        written.append(write(out, model, list(x)))
    whole = x.loc[:, x.notna().all()]
    # An encoder of codes with gaps would change them.
    coded = [c for c in categories if c in whole and whole[c].nunique() == whole[c].max() + 1]
    data = make("", whole, y, coded, 6)
    for model in complete(data, {entry["name"] for entry in written}):
        written.append(write(out, model, list(whole)))
    (out / "models.json").write_text(json.dumps(written))


if __name__ == "__main__":
    main()
