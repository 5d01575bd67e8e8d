"""Reads with MLflow's own client what the toolkit has put into S3, and puts a run of its own there. One JSON object as the only output."""

import hashlib
import json
import os
import sys

import mlflow

tracking_uri, run_id, model_id, experiment, into = sys.argv[1:]
mlflow.set_tracking_uri(tracking_uri)


def digests(folder):
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


run = mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=os.path.join(into, "run"))
model = mlflow.artifacts.download_artifacts(f"models:/{model_id}", dst_path=os.path.join(into, "model"))
mlflow.set_experiment(experiment)
with mlflow.start_run() as own:
    mlflow.log_text("größe", "notes/from the client é.txt")
print(json.dumps({"run": digests(run), "model": digests(model), "own": own.info.run_id, "own_uri": own.info.artifact_uri}))
