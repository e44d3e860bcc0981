"""Writes the documented plain model as JSON and as pickled dicts, and dicts that are none, each with the words that its
refusal must name.

    python document.py OUT     (further arguments are ignored)

In OUT: `document.json`, the same as `document.*.pickle`, `unshared.*.pickle` and `document.joblib*`, and `refused.json`:
[{"file", "names"}].
"""

import copy
import json
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np

PAGE = Path(__file__).parents[2] / "docs/IMPORT.md"


def example() -> dict:
    """The model of the page."""
    return json.loads(PAGE.read_text().split("```json\n")[1].split("```")[0])


def changed(*path, to) -> dict:
    """The model with another value somewhere; with a key more, if it has none there."""
    model = copy.deepcopy(example())
    at = model
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return model


def main() -> None:
    """Writes them."""
    out = Path(sys.argv[1])
    model = example()
    # Python shares what is the same object; so do many programs that make such a dict.
    tree = model["predictor"]["trees"]["trees"][0]
    model["predictor"]["trees"]["trees"] = [tree, tree, dict(tree, value=tree["value"], cover=tuple(tree["cover"]))]
    (out / "document.json").write_text(json.dumps(model))
    unshared = json.loads(json.dumps(model))
    for protocol in (2, 3, 4, 5):
        (out / f"unshared.p{protocol}.pickle").write_bytes(pickle.dumps(unshared, protocol))
        (out / f"document.p{protocol}.pickle").write_bytes(pickle.dumps(model, protocol))
    joblib.dump(model, out / "document.joblib")
    for packing in ("gzip", "bz2", "lz4", "xz", "lzma"):
        joblib.dump(model, out / f"document.joblib.{packing}", compress=(packing, 3))

    member = {"base": -1.5, "predictor": example()["predictor"], "link": "logistic"}
    calibrated = dict(member, link={"platt": {"a": 2.0, "b": 0.5}})
    mean = dict(example(), base=0.0, predictor={"mean": [member, calibrated]}, link="probability")
    (out / "mean.json").write_text(json.dumps(mean))
    (out / "mean.pickle").write_bytes(pickle.dumps(mean))
    nested = dict(member, predictor=mean["predictor"])

    trees = ("predictor", "trees", "trees")
    without = example()
    del without["link"]
    listed = []
    for name, wrong, names in (
        ("more", changed("colour", to=1), "unknown field `colour`"),
        ("more-in-a-tree", changed(*trees, 0, "gain", to=[0.0] * 5), "predictor.trees.trees[0].gain: unknown field `gain`"),
        ("link-in-order", changed("link", to={"platt": [1.5, 0.25]}), "link.platt: invalid type: sequence, expected an object"),
        ("trees-in-order", changed("predictor", to={"trees": [[], False, True]}), "predictor.trees: invalid type: sequence"),
        ("inputs", changed("inputs", to=["a"] * 5_000), "inputs: more than 4096"),
        ("names", changed("categories", to=[{"input": 0, "names": [f"category {i:09}" for i in range(40_000)]}] * 2), "categories: more than 65536 together"),
        ("less", without, "missing field `link`"),
        ("text", changed("base", to="high"), "base: invalid type: string"),
        ("truth", changed("base", to=True), "base: invalid type: boolean"),
        ("none", changed("base", to=None), "base: invalid type"),
        ("large", changed("base", to=1 << 70), "base: a number of more than 64 bits"),
        ("below", changed("categories", 0, "input", to=-1), "categories[0].input: invalid value: integer `-1`"),
        ("fraction", changed(*trees, 0, "left", to=[1.5] * 5), "predictor.trees.trees[0].left[0]: invalid type: floating"),
        ("list", changed(*trees, 0, to=list(tree.values())), "predictor.trees.trees[0]: invalid type: sequence, expected an object"),
        ("bytes", changed("source", to=b"mine"), "source: neither a dict, a list, a text nor a number"),
        ("key", changed(7, to=7), "invalid type: integer `7`, expected field identifier"),
        ("array", changed(*trees, 0, "value", to=np.zeros(5)), "value: a value of numpy; make it one of Python's with .tolist()"),
        ("scalar", changed("base", to=np.float64(1)), "base: a value of numpy"),
        ("link", changed("link", to="probit"), "link: unknown variant `probit`"),
        ("schema", changed("schema", to="inkling.model/2"), "schema: unknown variant `inkling.model/2`"),
        ("nan", changed("base", to=float("nan")), "base"),
        ("long", changed("base", to="x" * 1_000_000), "..."),
        ("mean-base", dict(mean, base=0.5), "base: of a mean is not 0"),
        ("mean-one", dict(mean, predictor={"mean": [member]}), "mean: fewer than 2 members"),
        ("mean-many", dict(mean, predictor={"mean": [member] * 33}), "more than 32"),
        ("mean-mean", dict(mean, predictor={"mean": [member, nested]}), "unknown variant `mean`"),
        ("mean-member", dict(mean, predictor={"mean": [member, dict(member, base=float("inf"))]}), "member 1: base: not finite"),
        ("no-dict", [1, 2], "invalid type: sequence, expected an object"),
    ):
        (out / f"{name}.pickle").write_bytes(pickle.dumps(wrong))
        listed.append({"file": f"{name}.pickle", "names": names})
    (out / "refused.json").write_text(json.dumps(listed))


if __name__ == "__main__":
    main()
