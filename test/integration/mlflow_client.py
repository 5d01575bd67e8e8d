"""Reads a store with MLflow's own Python client, writes beside what is there, and prints what it saw as JSON.

Arguments: tracking URI, experiment name, name of a registered model.
"""

import json
import math
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Metric, Param, RunTag

uri, experiment_name, model_name = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = MlflowClient(tracking_uri=uri)


def number(value):
    if math.isnan(value):
        return "NaN"
    if abs(value) == sys.float_info.max or math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def files(folder):
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read().hex()
    return found


def run_of(run):
    return {
        "runId": run.info.run_id,
        "experimentId": run.info.experiment_id,
        "runName": run.info.run_name,
        "userId": run.info.user_id,
        "status": run.info.status,
        "lifecycle": run.info.lifecycle_stage,
        "startTime": run.info.start_time,
        "endTime": run.info.end_time,
        "artifactUri": run.info.artifact_uri,
        "params": run.data.params,
        "metrics": {key: number(value) for key, value in run.data.metrics.items()},
        "tags": run.data.tags,
        "datasets": [
            {
                "name": one.dataset.name,
                "digest": one.dataset.digest,
                "sourceType": one.dataset.source_type,
                "source": one.dataset.source,
                "schema": one.dataset.schema,
                "profile": one.dataset.profile,
                "tags": {tag.key: tag.value for tag in one.tags},
            }
            for one in run.inputs.dataset_inputs
        ],
        "outputs": [one.model_id for one in run.outputs.model_outputs],
    }


def history_of(run, key):
    return [[number(m.value), m.timestamp, m.step] for m in client.get_metric_history(run.info.run_id, key)]


def logged_model_of(model_id):
    model = client.get_logged_model(model_id)
    return {
        "modelId": model.model_id,
        "name": model.name,
        "experimentId": model.experiment_id,
        "sourceRunId": model.source_run_id,
        "artifactLocation": model.artifact_location,
        "status": str(model.status),
        "versions": json.loads(model.tags.get("mlflow.modelVersions", "[]")),
    }


def version_of(version):
    return {
        "version": int(version.version),
        "description": version.description,
        "runId": version.run_id,
        "source": version.source,
        "status": version.status,
        "tags": version.tags,
        "aliases": sorted(version.aliases),
        "location": client.get_model_version_download_uri(version.name, version.version),
    }


experiment = client.get_experiment_by_name(experiment_name)
runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
models = client.search_registered_models()
versions = client.search_model_versions(f"name='{model_name}'", order_by=["version_number ASC"])
champion = client.get_model_version_by_alias(model_name, "champion")
with tempfile.TemporaryDirectory() as folder:
    downloaded = files(mlflow.artifacts.download_artifacts(f"models:/{model_name}@champion", dst_path=folder))
seen = {
    "experiments": [[one.name, one.experiment_id, one.artifact_location] for one in client.search_experiments()],
    "runs": [run_of(run) for run in runs],
    "history": {key: history_of(runs[0], key) for key in runs[0].data.metrics},
    "runArtifacts": [file.path for file in client.list_artifacts(runs[0].info.run_id)],
    "loggedModels": [logged_model_of(model_id) for run in runs for model_id in run_of(run)["outputs"]],
    "models": [
        {"name": model.name, "description": model.description, "tags": model.tags, "aliases": model.aliases}
        for model in models
    ],
    # A search leaves the aliases out.
    "versions": [version_of(client.get_model_version(model_name, version.version)) for version in versions],
    "champion": version_of(champion),
    "downloaded": downloaded,
}

run = client.create_run(experiment.experiment_id, start_time=9_000, tags={"mlflow.user": "py"}, run_name="beside")
run_id = run.info.run_id
client.log_batch(
    run_id,
    metrics=[Metric("rmse", float(step), 5, step) for step in range(3)] + [Metric("odd", float("inf"), 5, 0)],
    params=[Param("depth", "7")],
    tags=[RunTag("from", "MLflow")],
)
dataset = Dataset(name="more.csv", digest="ef01", source_type="local", source="{}", schema="{}", profile="{}")
client.log_inputs(run_id, [DatasetInput(dataset=dataset, tags=[InputTag("mlflow.data.context", "evaluation")])])
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "note.txt"), "w", encoding="utf-8") as file:
        file.write("from MLflow")
    client.log_artifact(run_id, os.path.join(folder, "note.txt"))
    model = client.create_logged_model(experiment.experiment_id, name="model", source_run_id=run_id)
    client.log_outputs(run_id, [LoggedModelOutput(model_id=model.model_id, step=0)])
    with open(os.path.join(folder, "MLmodel"), "w", encoding="utf-8") as file:
        file.write("flavors: {}\n")
    client.log_model_artifacts(model.model_id, folder)
client.finalize_logged_model(model.model_id, "READY")
client.set_terminated(run_id, "FINISHED", end_time=9_999)
version = client.create_model_version(
    model_name, f"models:/{model.model_id}", run_id, tags={"by": "MLflow"}, description="third", model_id=model.model_id
)
client.set_registered_model_alias(model_name, "challenger", version.version)
client.create_registered_model("made by MLflow", description="beside")
seen["written"] = {"runId": run_id, "modelId": model.model_id, "version": int(version.version)}
print(json.dumps(seen))
