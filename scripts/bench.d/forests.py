"""The trees that LightGBM trained, node for node, in the formats of ONNX and YDF."""
import io
import json
import math
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import ydf
from onnx import TensorProto, helper

TOLERANCE = 1e-5


def below(threshold):
    """The greatest float32 that is not above the threshold: the same rows stay on its left."""
    with np.errstate(over="ignore"):
        single = np.float32(threshold)
    return single if float(single) <= threshold else np.nextafter(single, np.float32(-np.inf))


def missing_goes_left(node):
    if node["missing_type"] not in ("None", "NaN") or node["decision_type"] != "<=":
        sys.exit(f"bench: a split that cannot be exported: {node['missing_type']}, {node['decision_type']}")
    return node["default_left"] if node["missing_type"] == "NaN" else 0 <= node["threshold"]


def to_onnx(trees, width):
    """One TreeEnsembleRegressor, as converters write it, then a Sigmoid."""
    nodes, leaves = [], []
    for tree, root in enumerate(trees):
        count = 0
        stack = [(root, None)]
        while stack:
            node, parent = stack.pop()
            at, count = count, count + 1
            if parent:
                parent[0][parent[1]] = at
            if "leaf_value" in node:
                nodes.append({"tree": tree, "id": at, "feature": 0, "mode": "LEAF", "value": 0.0, "missing": 0, "true": 0, "false": 0})
                leaves.append((tree, at, node["leaf_value"]))
                continue
            row = {"tree": tree, "id": at, "feature": node["split_feature"], "mode": "BRANCH_LEQ",
                   "value": float(below(node["threshold"])), "missing": int(missing_goes_left(node))}
            nodes.append(row)
            stack += [(node["right_child"], (row, "false")), (node["left_child"], (row, "true"))]
    column = lambda key: [row[key] for row in nodes]
    operator = helper.make_node(
        "TreeEnsembleRegressor", ["row"], ["margin"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=column("tree"), nodes_nodeids=column("id"), nodes_featureids=column("feature"), nodes_modes=column("mode"),
        nodes_values=column("value"), nodes_missing_value_tracks_true=column("missing"), nodes_truenodeids=column("true"),
        nodes_falsenodeids=column("false"), target_treeids=[leaf[0] for leaf in leaves], target_nodeids=[leaf[1] for leaf in leaves],
        target_ids=[0] * len(leaves), target_weights=[leaf[2] for leaf in leaves])
    shape = lambda name, columns: helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns])
    sigmoid = helper.make_node("Sigmoid", ["margin"], ["score"])
    graph = helper.make_graph([operator, sigmoid], "trees", [shape("row", width)], [shape("score", 1)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def to_ydf(trees, names, rows):
    """YDF reads no foreign trees: one of its own models of these columns gives up its trees for them."""
    ydf.verbose(0)
    data = {name: rows[:, at] for at, name in enumerate(names)}
    label = (np.nan_to_num(rows[:, 0]) > np.median(np.nan_to_num(rows[:, 0]))).astype(np.int64)
    features = [ydf.Column(name, ydf.Semantic.NUMERICAL) for name in names]
    model = ydf.GradientBoostedTreesLearner(label="label", features=features, num_trees=1, validation_ratio=0.0, max_depth=2,
                                            pure_serving_model=True).train({**data, "label": label})
    column = {feature.name: feature.column_idx for feature in model.input_features()}
    while model.num_trees():
        model.remove_tree(model.num_trees() - 1)

    def node(of):
        if "leaf_value" in of:
            return ydf.tree.Leaf(value=ydf.tree.RegressionValue(num_examples=1, value=of["leaf_value"]))
        with np.errstate(over="ignore"):
            above = float(np.nextafter(below(of["threshold"]), np.float32(math.inf)))
        condition = ydf.tree.NumericalHigherThanCondition(missing=not missing_goes_left(of), score=0,
                                                          attribute=column[names[of["split_feature"]]], threshold=above)
        return ydf.tree.NonLeaf(condition=condition, pos_child=node(of["right_child"]), neg_child=node(of["left_child"]))

    for root in trees:
        model.add_tree(ydf.tree.Tree(root=node(root)))
    model.set_initial_predictions([0.0])
    return model


def zipped(model):
    with tempfile.TemporaryDirectory() as temporary:
        model.save(temporary)
        out = io.BytesIO()
        # Stored: the server packs everything alike.
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(Path(temporary).rglob("*")):
                archive.write(path, path.name)
        return out.getvalue()


def write(folder):
    """`model.onnx` and `ydf.zip` beside `trees.json`. The rows that YDF scores as LightGBM does: all, or this fails."""
    trees = [tree["tree_structure"] for tree in json.loads((folder / "trees.json").read_text())["tree_info"]]
    names = [f"f{at}" for at in range(len(json.loads((folder / "meta.json").read_text())["features"]))]
    rows = np.fromfile(folder / "rows.f32", dtype="<f4").reshape(-1, len(names))
    (folder / "model.onnx").write_bytes(to_onnx(trees, len(names)))
    model = to_ydf(trees, names, rows[:2000])
    expected = 1 / (1 + np.exp(-np.fromfile(folder / "margins.f64", dtype="<f8")))
    difference = np.abs(model.predict({name: rows[:, at] for at, name in enumerate(names)}) - expected).max()
    if not difference <= TOLERANCE:
        sys.exit(f"bench: the trees in YDF's format score {difference} apart from LightGBM's")
    (folder / "ydf.zip").write_bytes(zipped(model))
    return len(rows)
