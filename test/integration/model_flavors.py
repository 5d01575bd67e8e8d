"""Predicts with the ONNX and python_function flavors of model directories and prints, as JSON, how far they are from the native one.

A case is a folder with the model directory `model`, and raw rows with their native predictions in `predictions.json`.
"""

import json
import pathlib
import sys

import mlflow
import numpy as np
import onnx
import onnxruntime
import pandas as pd
from mlflow.models import validate_serving_input


def frame(table, types):
    return pd.DataFrame({column["name"]: series(column, types.get(column["name"])) for column in table["columns"]})


def series(column, mlflow_type):
    values = column["values"]
    if column["kind"] == "categorical":
        return pd.Series(values, dtype=object)
    if mlflow_type == "long":
        return pd.Series(values, dtype="int64")
    numbers = pd.Series(values, dtype="float64")
    if column["kind"] == "numeric":
        return numbers
    return pd.Series([pd.NaT if value is None else pd.Timestamp(value, unit="ms") for value in values], dtype="datetime64[ns]")


def difference(found, expected):
    """The largest one relative to the expected number (or to 1e-300 where that is nearer to 0), or what else differs."""
    if list(found.columns) != list(expected.columns):
        return {"columns": list(found.columns)}
    if len(found) != len(expected):
        return {"rows": len(found)}
    largest = 0.0
    for name in expected:
        if expected[name].dtype == np.float64:
            scale = np.maximum(np.abs(expected[name].to_numpy()), 1e-300)
            gap = np.abs(found[name].to_numpy() - expected[name].to_numpy()) / scale
            largest = max(largest, float(np.max(gap, initial=0.0)))
        elif list(found[name]) != list(expected[name]):
            return {"labels": name}
    return largest


def runtime_predictions(path, rows, columns, threads):
    """As someone would who reads no code: the documented inputs, on the given number of threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {}
    for graph_input, column in zip(session.get_inputs(), columns):
        cells = rows[column["name"]]
        if column["type"] == "string":
            feed[graph_input.name] = np.array(["" if cell is None else cell for cell in cells], dtype=object)
        elif column["type"] == "datetime":
            millis = cells.to_numpy().astype("datetime64[ms]")
            feed[graph_input.name] = np.where(np.isnat(millis), np.nan, millis.astype(np.float64))
        else:
            feed[graph_input.name] = cells.to_numpy(np.float64)
    names = [output.name for output in session.get_outputs()]
    return pd.DataFrame(dict(zip(names, session.run(names, feed))))


def spelling(cell, mlflow_type):
    """The cell as somebody else might write it."""
    if pd.isna(cell):
        return None
    if mlflow_type == "datetime":
        return (cell + pd.Timedelta(hours=2)).isoformat() + "+02:00"
    return {"true": True, "1": 1.0}.get(cell, str(cell))


def outcome(call):
    try:
        call()
        return None
    except mlflow.MlflowException as error:
        return str(error)


def check(folder):
    directory = folder / "model"
    path = str(directory / "model.onnx")
    onnx.checker.check_model(path, full_check=True)
    model = mlflow.pyfunc.load_model(str(directory))
    columns = [{"name": spec.name, "type": spec.type.name} for spec in model.metadata.get_input_schema()]
    types = {column["name"]: column["type"] for column in columns}
    given = json.loads((folder / "predictions.json").read_text("utf-8"))
    rows, expected = frame(given["input"], types), frame(given["output"], {})
    return {
        "one thread": difference(runtime_predictions(path, rows, columns, 1), expected),
        "two threads": difference(runtime_predictions(path, rows, columns, 2), expected),
        "python_function": difference(model.predict(rows), expected),
        "row by row": difference(pd.concat([model.predict(rows[i : i + 1]) for i in range(3)]), expected[:3]),
    }


def check_trained(folder):
    """What depends on the kind of a model and not on its trees."""
    directory = folder / "model"
    model = mlflow.pyfunc.load_model(str(directory))
    loader = sys.modules[model.loader_module]
    schema = model.metadata.get_input_schema()
    types = {spec.name: spec.type.name for spec in schema}
    given = json.loads((folder / "predictions.json").read_text("utf-8"))
    rows, expected = frame(given["input"], types), frame(given["output"], {})
    example = model.input_example
    golden = json.loads((directory / "native" / "golden.json").read_text("utf-8"))
    served = validate_serving_input(str(directory), (directory / "serving_input_example.json").read_text("utf-8"))
    many = pd.concat([rows] * (20_000 // len(rows)), ignore_index=True)
    indexed = rows[:2].set_axis(["p", "q"])
    required = [spec.name for spec in schema if spec.required]
    optional = [spec.name for spec in schema if not spec.required]
    spelt = {name: [spelling(cell, kind) for cell in rows[name]] for name, kind in types.items()}
    texts = pd.DataFrame(spelt, dtype=object)
    return {
        "flavors": sorted(model.metadata.flavors),
        "onnx flavor": type(mlflow.onnx.load_model(str(directory))).__name__,
        "input example": difference(model.predict(example), frame(golden["output"], {})),
        "serving input example": difference(pd.DataFrame(served), frame(golden["output"], {})),
        "20,000 rows": difference(model.predict(many), pd.concat([expected] * (20_000 // len(rows)))),
        "no row": difference(model.predict(rows[:0]), expected[:0]),
        "index": list(model.predict(indexed).index),
        "columns in another order, one too many": difference(
            model.predict(rows.assign(more=1)[["more", *reversed(rows.columns)]]), expected
        ),
        "cells spelt otherwise": difference(loader.ForestModel(str(directory / "model.onnx")).predict(texts), expected),
        "without an optional column": difference(
            model.predict(rows.drop(columns=optional[:1])), model.predict(rows.assign(**{optional[0]: [None] * len(rows)}))
        ),
        "without a required column": outcome(lambda: model.predict(rows.drop(columns=required[:1]))),
        "a text for a number": outcome(lambda: model.predict(rows.assign(**{required[0]: "many"}))),
    }


def check_calendar(folder):
    session = onnxruntime.InferenceSession(str(folder / "calendar.onnx"), providers=["CPUExecutionProvider"])
    given = json.loads((folder / "calendar.json").read_text("utf-8"))
    times = np.array([np.nan if time is None else time for time in given["times"]], dtype=np.float64)
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, {"time": times})))
    return {
        part: int(np.sum(~np.equal(found[part], np.array(values, dtype=np.float64)) & ~np.isnan(times)))
        + int(np.sum(~np.isnan(found[part][np.isnan(times)])))
        for part, values in given["parts"].items()
    }


root = pathlib.Path(sys.argv[1])
print(
    json.dumps(
        {
            "random": {folder.name: check(folder) for folder in sorted((root / "random").iterdir())},
            "trained": {
                folder.name: {**check(folder), **check_trained(folder)} for folder in sorted((root / "trained").iterdir())
            },
            "calendar": check_calendar(root),
        }
    )
)
