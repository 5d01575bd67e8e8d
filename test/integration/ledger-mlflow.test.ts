import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveModel } from '../../src/registry/resolve-model.ts';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';
import { type Machines, machines, promoteOne, registerOne } from './ledger-machines.ts';

const CLIENT = `
import json, os, sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1], sys.argv[1])
experiment = client.get_experiment_by_name("bikes")
[run] = client.search_runs([experiment.experiment_id])
version = client.get_model_version_by_alias("bikes", "production")
model = client.get_logged_model(version.source.removeprefix("models:/"))
print(json.dumps({
    "run": [run.info.run_id, run.info.status, run.data.params, run.data.metrics["rmse"]],
    "version": [version.version, version.run_id, version.tags],
    "history": client.get_registered_model("bikes").tags,
    "files": sorted(os.listdir(model.artifact_location)),
}))
`;

describeWith(['python'], 'a store that was rebuilt from the ledger, opened by MLflow', () => {
  let at: Machines;
  beforeAll(async () => {
    at = await machines();
  });
  afterAll(() => rm(at.folder, { recursive: true, force: true }));

  test('has the run, the version in production, the history and the model files', async () => {
    const first = await at.open();
    await registerOne(first, at.folder);
    await promoteOne(first, 1, 1, 'ada');
    await first.close();

    const directory = join(at.folder, 'second');
    const second = await at.open({ directory });
    const { runId } = await resolveModel('models:/bikes@production', second, { cwd: at.folder, into: at.folder });
    await second.close();
    const uri = `sqlite:///${join(directory, 'mlflow.db')}`;
    const seen = JSON.parse(await mustRun(await pythonPeers(), ['-c', CLIENT, uri], { env: mlflowEnv() }));
    expect(seen).toEqual({
      run: [runId, 'FINISHED', { depth: '5' }, 41.25],
      version: [1, runId, { verdict: 'pass' }],
      history: { 'mlops.history.000001': '{"to":1,"actor":"ada"}' },
      files: ['MLmodel', 'native'],
    });
  });
});
