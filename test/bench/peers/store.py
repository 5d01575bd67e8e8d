"""Times MLflow's client on its own SQLite store: python store.py DATABASE_URI RUNS FILES_FOLDER → seconds a run, JSON."""
import json
import sys
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

uri, runs, files = sys.argv[1], int(sys.argv[2]), sys.argv[3]
client = MlflowClient(uri, uri)
experiment = client.create_experiment("bench")


def log():
    run = client.create_run(experiment)
    params = [Param(f"p{i}", str(i)) for i in range(20)]
    metrics = [Metric(f"m{i % 10}", i / 7, 1_700_000_000_000 + i, i // 10) for i in range(1000)]
    client.log_batch(run.info.run_id, metrics=metrics, params=params)
    client.log_artifacts(run.info.run_id, files)
    client.set_terminated(run.info.run_id)


# The first call makes the tables and loads what it needs.
log()
start = time.perf_counter()
for _ in range(runs):
    log()
json.dump({"run": (time.perf_counter() - start) / runs}, sys.stdout)
