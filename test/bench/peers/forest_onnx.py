"""Times ONNX Runtime on a forest of ours: python forest_onnx.py MODEL.onnx CASE_FOLDER JOBS → JSON on standard output."""
import json
import sys
import time

import numpy as np
import onnxruntime

folder, jobs = sys.argv[2], int(sys.argv[3])
case = json.load(open(f"{folder}/case.json"))
table = np.fromfile(f"{folder}/table.bin").reshape(len(case["columns"]) + 1, case["rows"])


def inputs(rows):
    return {
        column["name"]: cells[rows]
        if column["categories"] is None
        else np.array([*column["categories"], ""], dtype=object)[
            np.where(np.isnan(cells[rows]), len(column["categories"]), cells[rows]).astype(int)
        ]
        for column, cells in zip(case["columns"], table)
    }


def seconds(threads, rows, times):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(sys.argv[1], options)
    given = inputs(rows)
    session.run(None, given)
    start = time.perf_counter()
    for _ in range(times):
        session.run(None, given)
    return (time.perf_counter() - start) / times


batch, first = slice(case["train"], None), slice(case["train"], case["train"] + 1)
json.dump({"predict": seconds(jobs, batch, 3), "one": seconds(1, first, 200)}, sys.stdout)
