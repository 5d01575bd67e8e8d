"""The steps of `npm start` with pandas, scikit-learn and MLflow, as a careful user would write them.

Reads and checks the table, holds out the newest fifth, trains 100 trees on all cores, evaluates against the champion by the same
paired bootstrap, logs run, metrics and model with signature, registers a version, moves the aliases of staging and production after
loading the model from the registry, scores the four files of December, logs the predictions, compares every column with
training by Kolmogorov-Smirnov, and writes a report with the same pictures.
"""

import glob
import json
import logging
import os
import sqlite3
import sys
import warnings

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from scipy.stats import ks_2samp
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

warnings.filterwarnings("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
logging.getLogger("alembic").setLevel(logging.ERROR)

data, incoming, out = sys.argv[1], sys.argv[2], sys.argv[3]
os.chdir(out)
mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("bikes")


def features(table):
    day = table["dteday"]
    raw = table.drop(columns=["dteday", "instant", "casual", "registered", "cnt"], errors="ignore")
    return raw.assign(
        year=day.dt.year, month=day.dt.month, day=day.dt.day, weekday_of=day.dt.weekday, day_of_year=day.dt.dayofyear
    )


table = pd.read_csv(data, parse_dates=["dteday"])
assert not table["cnt"].isna().any() and table["cnt"].nunique() > 1 and not table.duplicated().any()
table = table.sort_values(["dteday", "hr"], kind="stable")
cut = int(len(table) * 0.8)
train, test = table.iloc[:cut], table.iloc[cut:]
x_train, x_test = features(train), features(test)
y_train, y_test = train["cnt"], test["cnt"].to_numpy()

client = MlflowClient()
with mlflow.start_run() as run:
    model = RandomForestRegressor(n_estimators=100, random_state=0, n_jobs=-1).fit(x_train, y_train)
    predicted = model.predict(x_test)
    metrics = {
        "rmse": root_mean_squared_error(y_test, predicted),
        "mae": mean_absolute_error(y_test, predicted),
        "r2": r2_score(y_test, predicted),
    }
    mlflow.log_params(model.get_params())
    mlflow.log_metrics(metrics)
    mlflow.log_input(mlflow.data.from_pandas(train, name="bikes"), context="training")
    # Requirements and serialization named: inferring the former and checking the latter cost seconds.
    info = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(x_train, predicted[:5]),
        input_example=x_train.head(5),
        pip_requirements=["scikit-learn", "pandas"],
        serialization_format="cloudpickle",
    )

champion = np.full(len(y_test), y_train.mean())
if client.search_registered_models() and "production" in client.get_registered_model("bikes").aliases:
    champion = mlflow.sklearn.load_model("models:/bikes@production").predict(x_test)
rng = np.random.default_rng(0)
loss, other = (y_test - predicted) ** 2, (y_test - champion) ** 2
absolute, other_absolute = np.abs(y_test - predicted), np.abs(y_test - champion)
draws = []
for _ in range(2000):
    rows = rng.integers(0, len(y_test), len(y_test))
    draws.append(
        (
            np.sqrt(loss[rows].mean()) - np.sqrt(other[rows].mean()),
            absolute[rows].mean() - other_absolute[rows].mean(),
        )
    )
low, high = np.quantile(np.array(draws)[:, 0], [0.025, 0.975])

importances = permutation_importance(
    model, x_test.iloc[:1000], y_test[:1000], n_repeats=3, random_state=0, scoring="neg_root_mean_squared_error"
)
figure, axes = plt.subplots(1, 3, figsize=(18, 5))
axes[0].barh(x_train.columns, importances.importances_mean)
axes[1].scatter(y_test[:500], predicted[:500], s=4)
axes[2].hist(y_test - predicted, bins=30)
figure.savefig("evaluation.png")
with open("evaluation.json", "w") as file:
    json.dump({"metrics": metrics, "difference": [low, high]}, file)

if high < 0 or (champion == champion[0]).all():
    version = mlflow.register_model(info.model_uri, "bikes").version
    golden = x_train.head(5)
    for alias in ("staging", "production"):
        client.set_registered_model_alias("bikes", alias, version)
        loaded = mlflow.pyfunc.load_model(f"models:/bikes@{alias}")
        assert np.allclose(loaded.predict(golden), model.predict(golden))

served = mlflow.pyfunc.load_model("models:/bikes@production")
os.makedirs("predictions", exist_ok=True)
log = sqlite3.connect("predictions.db")
current = []
for path in sorted(glob.glob(incoming)):
    rows = pd.read_csv(path, parse_dates=["dteday"])
    rows["prediction"] = served.predict(features(rows.drop(columns=["prediction"], errors="ignore")))
    rows[["instant", "dteday", "hr", "prediction"]].to_csv(f"predictions/{os.path.basename(path)}", index=False)
    rows.to_sql("predictions", log, if_exists="append", index=False)
    current.append(rows)
now = features(pd.concat(current).drop(columns=["prediction"]))
drift = {column: ks_2samp(x_test[column], now[column]).statistic for column in now.columns}
with open("monitoring.json", "w") as file:
    json.dump(drift, file)
print(json.dumps(metrics))
