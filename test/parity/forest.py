"""Fits scikit-learn's trees and forests on the cases of standard input (JSON) and prints what they predict (JSON)."""
import json
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import mean_squared_error, roc_auc_score
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def matrix(rows):
    return np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=np.float64)


def decreases(tree):
    """Weighted decrease of impurity of each split, as a share of the weight of the root."""
    weight, impurity = tree.weighted_n_node_samples, tree.impurity
    found = []
    for node in range(tree.node_count):
        left, right = tree.children_left[node], tree.children_right[node]
        if left == -1:
            continue
        children = weight[left] * impurity[left] + weight[right] * impurity[right]
        found.append((weight[node] * impurity[node] - children) / weight[0])
    return sorted(found, reverse=True)


def one_tree(case):
    classes = {"classification": DecisionTreeClassifier, "regression": DecisionTreeRegressor}
    model = classes[case["task"]](random_state=0, **case["params"])
    model.fit(matrix(case["x"]), case["y"], sample_weight=case.get("weights"))
    predict = model.predict_proba if case["task"] == "classification" else model.predict
    return {
        "train": predict(matrix(case["x"])).ravel().tolist(),
        "test": predict(matrix(case["test"])).ravel().tolist(),
        "decreases": decreases(model.tree_),
        "importances": model.feature_importances_.tolist(),
    }


def forest_scores(case):
    train, test = matrix(case["x"]), matrix(case["test"])
    one_hot = case.get("oneHot", [])
    if one_hot:
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train[:, one_hot])
        rest = [f for f in range(train.shape[1]) if f not in one_hot]
        train, test = (np.hstack([part[:, rest], encoder.transform(part[:, one_hot])]) for part in (train, test))
    scores = []
    for seed in case["seeds"]:
        if case["task"] == "regression":
            model = RandomForestRegressor(random_state=seed, n_jobs=2, **case["params"]).fit(train, case["y"])
            scores.append(float(np.sqrt(mean_squared_error(case["testY"], model.predict(test)))))
        else:
            model = RandomForestClassifier(random_state=seed, n_jobs=2, **case["params"]).fit(train, case["y"])
            scores.append(float(roc_auc_score(case["testY"], model.predict_proba(test)[:, 1])))
    return scores


cases = json.load(sys.stdin)
json.dump(
    {
        "trees": [one_tree(case) for case in cases["trees"]],
        "forests": [forest_scores(case) for case in cases["forests"]],
    },
    sys.stdout,
)
