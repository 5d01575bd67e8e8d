"""What scikit-learn says of rows out of bag, of calibration and, with numpy and exact fractions, of quantile forests. JSON in, JSON out."""

import json
import sys
from collections import deque
from fractions import Fraction

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression


def tree_nodes(tree):
    """The nodes of a tree, the right child behind the left one."""
    order, queue, left = [], deque([0]), {}
    count = 1
    while queue:
        node = queue.popleft()
        order.append(node)
        if tree.children_left[node] != -1:
            left[node] = count
            count += 2
            queue.extend([tree.children_left[node], tree.children_right[node]])
    values = tree.value[order][:, 0, :]
    return {
        "feature": [int(max(-1, tree.feature[node])) for node in order],
        "threshold": [float(tree.threshold[node]) for node in order],
        "left": [left.get(node, -1) for node in order],
        "value": (values / values.sum(axis=1, keepdims=True) if values.shape[1] > 1 else values).tolist(),
    }


def quantile(values, weights, level):
    """The least value up to which the weights sum to the level, without any rounding."""
    total = sum(weights.values())
    reached = Fraction(0)
    for value in sorted(weights):
        reached += weights[value]
        if reached >= Fraction(str(level)) * total:
            return value


def quantiles(forest, x, y, rows, levels):
    """Meinshausen 2006, as it is written."""
    train, test = forest.apply(x), forest.apply(rows)
    answers = []
    for leaves in test:
        weights = {}
        for tree, leaf in enumerate(leaves):
            inside = y[train[:, tree] == leaf]
            for value in inside:
                weights[value] = weights.get(value, 0) + Fraction(1, len(inside))
        answers.append([float(quantile(y, weights, level)) for level in levels])
    return answers


def forest_case(case):
    x, y, rows = (np.array(case[name], dtype=np.float64) for name in ("x", "y", "test"))
    kind = RandomForestRegressor if case["task"] == "regression" else RandomForestClassifier
    forest = kind(oob_score=True, random_state=0, **case["params"]).fit(x, y)
    n = len(x)
    out = forest.oob_prediction_ if case["task"] == "regression" else forest.oob_decision_function_
    return {
        "trees": [tree_nodes(tree.tree_) for tree in forest.estimators_],
        "draws": [np.bincount(rows, minlength=n).tolist() for rows in forest.estimators_samples_],
        "prediction": np.reshape(out, (n, -1)).tolist(),
        "score": forest.oob_score_,
        "quantiles": quantiles(forest, x, y, rows, case["levels"]) if case["task"] == "regression" else None,
    }


class Given(ClassifierMixin, BaseEstimator):
    """Probabilities that are features."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return self.classes_[np.argmax(x, axis=1)]

    def predict_proba(self, x):
        return x


def calibration_case(case):
    probabilities, codes, asked = (np.array(case[name]) for name in ("probabilities", "codes", "asked"))
    given = FrozenEstimator(Given().fit(probabilities, codes))
    calibrated = {
        method: CalibratedClassifierCV(given, method=method).fit(probabilities, codes).predict_proba(asked).tolist()
        for method in ("isotonic", "sigmoid")
    }
    curve = IsotonicRegression(out_of_bounds="clip").fit(probabilities[:, 1], codes == 1)
    return {**calibrated, "curve": {"x": curve.X_thresholds_.tolist(), "y": curve.y_thresholds_.tolist()}}


given = json.load(sys.stdin)
print(
    json.dumps(
        {
            "forests": [forest_case(case) for case in given["forests"]],
            "calibrations": [calibration_case(case) for case in given["calibrations"]],
        }
    )
)
