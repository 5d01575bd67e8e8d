"""Fits, times and scores a forest of a peer: python forest.py ENGINE CASE_FOLDER SEED JOBS → JSON on standard output."""
import json
import sys
import time

import numpy as np
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

TREES = 100
engine, folder, seed, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
case = json.load(open(f"{folder}/case.json"))
columns, classes = case["columns"], case["classes"]
table = np.fromfile(f"{folder}/table.bin").reshape(len(columns) + 1, case["rows"])
train, test = slice(0, case["train"]), slice(case["train"], None)
y = table[-1] if classes is None else table[-1].astype(np.int64)


def seconds(work, times=1, warm=False):
    if warm:
        work()
    start = time.perf_counter()
    for _ in range(times):
        found = work()
    return (time.perf_counter() - start) / times, found


def scikit_learn():
    if engine == "oneDAL":
        from sklearnex.ensemble import RandomForestClassifier, RandomForestRegressor
    else:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    # oneDAL takes no missing cells; as a number of their own they cost neither of the two anything.
    x = np.ascontiguousarray(np.nan_to_num(table[:-1], nan=-1).T, dtype=np.float32)
    kind = RandomForestRegressor if classes is None else RandomForestClassifier
    model = kind(TREES, n_jobs=jobs, random_state=seed)
    fit, _ = seconds(lambda: model.fit(x[train], y[train]))
    answer = model.predict if classes is None else model.predict_proba
    predict, found = seconds(lambda: answer(x[test]), warm=True)
    model.n_jobs = 1
    one, _ = seconds(lambda: answer(x[:1]), 20)
    return fit, predict, one, found


def ydf():
    import ydf

    ydf.verbose(0)

    def values(rows):
        data = {}
        for cells, column in zip(table[:, rows], columns):
            names = column["categories"]
            data[column["name"]] = (
                cells.astype(np.float32)
                if names is None
                else np.array(names + [""])[np.where(np.isnan(cells), len(names), cells).astype(int)]
            )
        return data

    rows = {**values(train), "target": y[train] if classes is None else np.array(classes)[y[train]]}
    learner = ydf.RandomForestLearner(
        label="target",
        task=ydf.Task.REGRESSION if classes is None else ydf.Task.CLASSIFICATION,
        num_trees=TREES,
        max_depth=-1,
        min_examples=1,
        winner_take_all=False,
        compute_oob_performances=False,
        # As scikit-learn's defaults: all features for regression, the square root of them for classification.
        **({"num_candidate_attributes_ratio": 1.0} if classes is None else {"num_candidate_attributes": 0}),
        num_threads=jobs,
        random_seed=seed,
    )
    fit, model = seconds(lambda: learner.train(rows))
    unseen = values(test)
    predict, found = seconds(lambda: model.predict(unseen, num_threads=jobs), warm=True)
    first = {name: cells[:1] for name, cells in unseen.items()}
    one, _ = seconds(lambda: model.predict(first), 20)
    if classes is not None and len(classes) == 2:
        found = np.column_stack([1 - found, found])
    order = list(range(len(classes or []))) if classes is None else [model.label_classes().index(c) for c in classes]
    return fit, predict, one, found if classes is None else found[:, order]


fit, predict, one, found = ydf() if engine == "YDF" else scikit_learn()
truth = y[test]
if classes is None:
    scores = {"r2": r2_score(truth, found)}
else:
    auc = roc_auc_score(truth, found[:, 1] if len(classes) == 2 else found / found.sum(axis=1, keepdims=True), multi_class="ovr")
    scores = {
        "accuracy": accuracy_score(truth, found.argmax(axis=1)),
        "roc_auc" if len(classes) == 2 else "roc_auc_ovr": auc,
    }
json.dump({"fit": fit, "predict": predict, "one": one, "scores": scores}, sys.stdout)
