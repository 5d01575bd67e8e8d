"""Fits and times scikit-learn's forest on a case: python forest.py CASE.json → JSON on standard output."""
import json
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import r2_score, roc_auc_score

case = json.load(open(sys.argv[1]))
table = np.fromfile(case["file"], dtype=np.float64).reshape(case["columns"], case["rows"]).T
x, y = np.ascontiguousarray(table[:, :-1], dtype=np.float32), table[:, -1]
train, test = slice(0, case["train"]), slice(case["train"], None)
regression = case["task"] == "regression"
model = (RandomForestRegressor if regression else RandomForestClassifier)(100, n_jobs=case["jobs"], random_state=0)


def seconds(work, times=1):
    start = time.perf_counter()
    for _ in range(times):
        found = work()
    return (time.perf_counter() - start) / times, found


fit, _ = seconds(lambda: model.fit(x[train], y[train]))
predict, found = seconds(lambda: model.predict(x[test]) if regression else model.predict_proba(x[test])[:, 1])
model.n_jobs = 1
one, _ = seconds(lambda: model.predict(x[:1]), 20)
score = r2_score(y[test], found) if regression else roc_auc_score(y[test], found)
json.dump({"fit": fit, "predict": predict, "one": one, "score": score}, sys.stdout)
