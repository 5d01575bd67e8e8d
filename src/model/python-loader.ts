import { COLUMNS_KEY } from './onnx/onnx-model.ts';

/** The module in `code/` that MLflow's python_function flavor loads a model with. */
export const LOADER_MODULE = 'mlops_forest';

export const LOADER_SOURCE = `"""Loads model.onnx for mlflow.pyfunc: a DataFrame of raw columns in, a DataFrame of predictions out."""

import json

import numpy as np
import onnxruntime
import pandas as pd

# Bounds the memory of a large request.
ROWS_AT_ONCE = 8192


def _load_pyfunc(path):
    return ForestModel(path)


class ForestModel:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        # One thread adds the trees up in the order in which they were grown.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        columns = json.loads(self.session.get_modelmeta().custom_metadata_map["${COLUMNS_KEY}"])
        self.columns = list(zip(self.session.get_inputs(), columns))
        self.outputs = [output.name for output in self.session.get_outputs()]

    def predict(self, model_input, params=None):
        rows = pd.DataFrame(model_input)
        feed = {}
        for graph_input, column in self.columns:
            # MLflow has refused rows without a column that the signature requires.
            cells = rows[column["name"]] if column["name"] in rows else pd.Series(np.nan, rows.index)
            feed[graph_input.name] = READERS[column["type"]](cells)
        parts = [
            self.session.run(self.outputs, {name: cells[start : start + ROWS_AT_ONCE] for name, cells in feed.items()})
            for start in range(0, max(1, len(rows)), ROWS_AT_ONCE)
        ]
        return pd.DataFrame(dict(zip(self.outputs, map(np.concatenate, zip(*parts)))), rows.index)


def numbers(cells):
    """Missing and what is no finite number: NaN."""
    values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def instants(cells):
    """Milliseconds since 1970; a time without zone is UTC. A number is no instant: nothing says in which unit."""
    if pd.api.types.is_numeric_dtype(cells):
        return np.full(len(cells), np.nan)
    times = pd.to_datetime(cells, errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    millis = times.to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(millis), np.nan, millis.astype(np.float64))


def texts(cells):
    """Missing: the empty text. Booleans and whole numbers are written as in JSON."""
    return np.array([text(cell) for cell in cells.astype(object)], dtype=object)


def text(cell):
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (float, np.floating)) and cell.is_integer():
        return str(int(cell))
    return str(cell)


READERS = {"double": numbers, "long": numbers, "datetime": instants, "string": texts}
`;
