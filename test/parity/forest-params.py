"""What scikit-learn's forests make of parameters in their corners: cases of standard input (JSON) → answers (JSON)."""
import json
import sys

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.ensemble._bootstrap import _get_n_samples_bootstrap
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.tree import DecisionTreeRegressor

FORESTS = {
    ("classification", "best"): RandomForestClassifier,
    ("regression", "best"): RandomForestRegressor,
    ("classification", "random"): ExtraTreesClassifier,
    ("regression", "random"): ExtraTreesRegressor,
}


def typed(value):
    """JSON cannot tell 1.0 from 1: a float is written as text, `"1.0f"`."""
    return float(value[:-1]) if isinstance(value, str) and value.endswith("f") else value


def splits(tree):
    """How many nodes are split to some effect: rounding lets scikit-learn split pure nodes as well."""
    total = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]
    inner = np.flatnonzero(tree.children_left != -1)
    left, right = tree.children_left[inner], tree.children_right[inner]
    return int(np.sum(total[inner] - total[left] - total[right] > 1e-12))


def one_tree(case):
    params = {name: typed(value) for name, value in case["params"].items()}
    if isinstance(params.get("class_weight"), dict):
        params["class_weight"] = {int(label): weight for label, weight in params["class_weight"].items()}
    of = FORESTS[case["task"], "best"]
    model = of(n_estimators=1, bootstrap=False, max_features=None, random_state=0).set_params(**params)
    model.fit(case["x"], case["y"], sample_weight=case.get("weights"))
    predict = model.predict_proba if case["task"] == "classification" else model.predict
    return {
        "test": predict(case["test"]).ravel().tolist(),
        "splits": splits(model.estimators_[0].tree_),
        "importances": model.feature_importances_.tolist(),
    }


def losses(case):
    found = []
    for seed in case["seeds"]:
        model = FORESTS[case["task"], case["splitter"]](random_state=seed, n_jobs=2, **case["params"])
        model.fit(case["x"], case["y"])
        if case["task"] == "classification":
            found.append(log_loss(case["testY"], np.clip(model.predict_proba(case["test"]), 0.005, 0.995)))
        else:
            found.append(float(np.sqrt(mean_squared_error(case["testY"], model.predict(case["test"])))))
    return found


def features_looked_at(asked, width):
    x = np.arange(2 * width).reshape(2, width)
    return int(DecisionTreeRegressor(max_features=typed(asked)).fit(x, [0, 1]).max_features_)


cases = json.load(sys.stdin)
json.dump(
    {
        "trees": [one_tree(case) for case in cases["trees"]],
        "losses": [losses(case) for case in cases["forests"]],
        "features": [[features_looked_at(asked, width) for width in cases["widths"]] for asked in cases["maxFeatures"]],
        "rows": [
            [int(_get_n_samples_bootstrap(size, typed(asked), None)) for size in cases["sizes"]]
            for asked in cases["maxSamples"]
        ],
    },
    sys.stdout,
)
