"""Compares what Python makes of steps with what the toolkit makes of them, and prints the differences as JSON.

operations FOLDER: the graph operations.onnx on the rows of rows.json, output by output.
models FOLDER: the model directories of the folders bikes, adult and native, through MLflow.
"""

import json
import pathlib
import sys

import mlflow
import numpy as np
import onnx
import onnxruntime
import pandas as pd


def cells(values, as_text):
    if as_text:
        return np.array(["" if value is None else value for value in values], dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def gap(found, expected):
    """The largest difference, relative to numbers above 1; or where other cells are missing."""
    if not np.array_equal(np.isnan(found), np.isnan(expected)):
        return f"missing in other rows: {np.flatnonzero(np.isnan(found) != np.isnan(expected))[:5]}"
    return float(np.nanmax(np.abs(found - expected) / np.maximum(np.abs(expected), 1), initial=0.0))


def operations(root):
    onnx.checker.check_model(str(root / "operations.onnx"), full_check=True)
    session = onnxruntime.InferenceSession(str(root / "operations.onnx"), providers=["CPUExecutionProvider"])
    given = json.loads((root / "rows.json").read_text("utf-8"))
    is_text = lambda column: column.type == "tensor(string)"
    feed = {column.name: cells(given["input"][column.name], is_text(column)) for column in session.get_inputs()}
    found = {}
    for column, values in zip(session.get_outputs(), session.run(None, feed)):
        expected = cells(given["output"][column.name], is_text(column))
        found[column.name] = int(np.sum(values != expected)) if is_text(column) else gap(values, expected)
    return found


def frame(table, schema):
    types = {spec.name: spec.type.name for spec in schema} if schema else {}
    rows = pd.DataFrame({column["name"]: column["values"] for column in table["columns"]})
    for column in table["columns"]:
        name = column["name"]
        if column["kind"] == "datetime":
            rows[name] = pd.to_datetime(rows[name], unit="ms")
        elif column["kind"] == "numeric":
            rows[name] = rows[name].astype("int64" if types.get(name) == "long" else "float64")
    return rows


def model(folder):
    loaded = mlflow.pyfunc.load_model(str(folder / "model"))
    schema = loaded.metadata.get_input_schema()
    given = json.loads((folder / "predictions.json").read_text("utf-8"))
    golden = json.loads((folder / "model" / "native" / "golden.json").read_text("utf-8"))
    found = {"labels": 0}
    for name, rows, output in [
        ("python_function", frame(given["input"], schema), given["output"]),
        ("input example", loaded.input_example, golden["output"]),
    ]:
        predicted, expected = loaded.predict(rows), frame(output, None)
        assert list(predicted.columns) == list(expected.columns)
        numbers = [column for column in expected if expected[column].dtype == np.float64]
        found["labels"] += int(sum((predicted[c] != expected[c]).sum() for c in expected if c not in numbers))
        found[name] = max(gap(predicted[c].to_numpy(), expected[c].to_numpy()) for c in numbers)
    return found


def native(folder):
    path = folder / "model"
    about = mlflow.models.Model.load(str(path))
    try:
        mlflow.pyfunc.load_model(str(path))
        error = None
    except mlflow.MlflowException as problem:
        error = problem.message
    return {
        "flavors": list(about.flavors),
        "files": sorted(entry.name for entry in path.iterdir()),
        "signature": about.signature.inputs.input_names(),
        "error": error,
    }


what, root = sys.argv[1], pathlib.Path(sys.argv[2])
if what == "operations":
    result = operations(root)
else:
    result = {"bikes": model(root / "bikes"), "adult": model(root / "adult"), "native": native(root / "native")}
print(json.dumps(result))
