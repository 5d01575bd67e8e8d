"""Reads the runs of searches with MLflow's own client: arguments are tracking URIs, JSON on standard output."""
import json
import sys

import mlflow
from mlflow import MlflowClient


def plain(run):
    return {
        "id": run.info.run_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "ended": run.info.end_time is not None,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": run.data.tags,
    }


def runs_of(uri):
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(tracking_uri=uri)
    found = []
    for experiment in client.search_experiments():
        parents = client.search_runs([experiment.experiment_id], "tags.`mlops.training` = 'true'", order_by=["start_time ASC"])
        for parent in parents:
            below = mlflow.search_runs(
                [experiment.experiment_id],
                filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
                order_by=["start_time ASC"],
                output_format="list",
            )
            found.append({"parent": plain(parent), "children": [plain(run) for run in below]})
    return found


print(json.dumps([runs_of(uri) for uri in sys.argv[1:]]))
