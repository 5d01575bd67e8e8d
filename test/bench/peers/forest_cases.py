"""Writes tables of make_classification as cases: python forest_cases.py '[{"folder", "rows", "features", "classes"}]'."""
import json
import sys

import numpy as np
from sklearn.datasets import make_classification

UNSEEN = 10_000
for shape in json.loads(sys.argv[1]):
    rows, width, classes = shape["rows"], shape["features"], shape["classes"]
    x, y = make_classification(
        rows + UNSEEN, width, n_informative=width // 2, n_redundant=width // 4, n_classes=classes, random_state=0
    )
    np.vstack([x.T, y]).astype(np.float64).tofile(f"{shape['folder']}/table.bin")
    names = [{"name": f"f{i}", "categories": None} for i in range(width)]
    case = {
        "name": f"{rows:,} × {width}, {classes} classes",
        "rows": rows + UNSEEN,
        "train": rows,
        "classes": [str(k) for k in range(classes)],
        "columns": names,
    }
    with open(f"{shape['folder']}/case.json", "w") as file:
        json.dump(case, file)
