"""Searches with scikit-learn as the cases of standard input (JSON) say and prints scores and schedules (JSON)."""
import json
import sys

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV


def grid(case):
    forest = {"classification": RandomForestClassifier, "regression": RandomForestRegressor}[case["task"]]
    folds = [(np.array(fold["train"]), np.array(fold["validation"])) for fold in case["folds"]]
    search = GridSearchCV(forest(**case["params"]), case["grid"], scoring=case["scoring"], cv=folds, refit=False)
    search.fit(np.array(case["x"]), np.array(case["y"]))
    results = search.cv_results_
    return {
        "params": results["params"],
        "folds": [results[f"split{i}_test_score"].tolist() for i in range(len(folds))],
        "mean": results["mean_test_score"].tolist(),
        "std": results["std_test_score"].tolist(),
    }


class Cheap(RegressorMixin, BaseEstimator):
    """Fits nothing: only the schedule is of interest."""

    def __init__(self, n_estimators=1, a=0.0):
        self.n_estimators = n_estimators
        self.a = a

    def fit(self, x, y):
        self.fitted_ = True
        return self

    def predict(self, x):
        return np.full(len(x), self.a)


def halving(case):
    rows = case["rows"]
    search = HalvingRandomSearchCV(
        Cheap(),
        {"a": np.linspace(0, 1, case["candidates"])},
        n_candidates=case["candidates"],
        factor=case["factor"],
        resource="n_samples" if case["resource"] == "rows" else "n_estimators",
        min_resources=case["min"],
        max_resources=case["max"],
        cv=case["folds"],
        refit=False,
        return_train_score=False,
        random_state=0,
    )
    try:
        search.fit(np.zeros((rows, 1)), np.linspace(0, 1, rows))
    except ValueError as error:
        if "min_resources_" not in str(error):
            raise
        return None
    return [list(pair) for pair in zip(search.n_candidates_, search.n_resources_)]


cases = json.load(sys.stdin)
answers = {"grids": [grid(case) for case in cases["grids"]], "halvings": [halving(case) for case in cases["halvings"]]}
json.dump(answers, sys.stdout)
