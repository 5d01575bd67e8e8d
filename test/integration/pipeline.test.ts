import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/forest/random.ts';
import { mlops, mlopsOutputs, workspace } from '../tools/mlops.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

/** What a newcomer does: a look at the table, the pipeline, a promotion by a person, predictions, monitoring. */
async function firstDay(cwd: string, data: string, target: string, trees = '30') {
  await mlopsOutputs(cwd, ['init', '--data', data, '--target', target, '--workflows', 'false']);
  const trained = await mlopsOutputs(cwd, ['pipeline', '--n-estimators', trees]);
  const model = String(trained['model-uri']);
  const promoted = await mlopsOutputs(cwd, ['promote', '--model', model, '--reason', 'first model']);
  return { trained, promoted };
}

describe('a classifier of census income', () => {
  test('from init to a second version that is compared with the first', async () => {
    await using folder = await workspace({}, 'test/fixtures/adult');
    const cwd = folder.path;
    const { trained, promoted } = await firstDay(cwd, 'adult.csv', 'income');
    expect(trained).toMatchObject({ verdict: 'pass', 'model-uri': 'models:/adult/1', promoted: false });
    expect((trained.metrics as Record<string, number>).roc_auc).toBeGreaterThan(0.87);
    expect(promoted).toEqual({ 'model-name': 'adult', 'deployed-version': 1, status: 'deployed' });

    const predicted = await mlopsOutputs(cwd, ['predict', '--data', 'new-*.csv', '--keep-columns', 'age,workclass']);
    expect(predicted).toMatchObject({ rows: 1000, rejected: 0, 'model-uri': 'models:/adult/1' });
    const lines = readFileSync(join(cwd, 'predictions/new-2.csv'), 'utf8').trimEnd().split('\n');
    const inputs = readFileSync(join(cwd, 'new-2.csv'), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBe(inputs.length);
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual(inputs.map((line) => line.split(',').slice(0, 2)));
    // The same rows again: nothing to do, nothing logged twice.
    expect(await mlopsOutputs(cwd, ['predict', '--data', 'new-*.csv', '--keep-columns', 'age,workclass'])).toEqual(
      predicted,
    );
    const monitored = await mlopsOutputs(cwd, ['monitor']);
    expect(monitored).toMatchObject({ drift: false, 'retrain-recommended': false });
    expect(monitored.reason).toMatch(/1,000|no column/i);

    const again = await mlopsOutputs(cwd, ['pipeline', '--n-estimators', '60', '--random-state', '1']);
    expect(again['model-uri']).toBe('models:/adult/2');
    const evaluation = JSON.parse(readFileSync(join(cwd, 'reports/evaluation.json'), 'utf8'));
    expect(evaluation.champion).toMatchObject({ version: 1 });
    expect(again.reason).toMatch(/v1/);
    // The same settings and data: the same bytes, which are no reason to serve something else.
    const same = await mlopsOutputs(cwd, ['pipeline', '--n-estimators', '30']);
    expect(same).toMatchObject({ 'model-uri': 'models:/adult/3', verdict: 'warn', promoted: false });
    expect(same.reason).toBe('same bytes as adult v1: there is nothing to promote');
    const { models } = await mlopsOutputs(cwd, ['models']);
    const digests = (models as { version: number; tags: Record<string, string> }[]).map((v) => [
      v.version,
      v.tags['mlops.model_digest'],
    ]);
    const byVersion = Object.fromEntries(digests) as Record<number, string>;
    expect(byVersion[3]).toBe(byVersion[1]);
    expect(byVersion[2]).not.toBe(byVersion[1]);
    // Nine programs one after the other, while other suites have the processors.
  }, 400_000);

  test('a gate that is missed ends with status 3, keeps the run, and makes no version', async () => {
    const project = `name: adult
data: { source: adult.csv, target: income }
model: { n-estimators: 5 }
gates: [{ metric: roc_auc, min: 0.99 }]
`;
    await using folder = await workspace({ 'mlops.yaml': project }, 'test/fixtures/adult');
    const ran = await mlops(folder.path, ['pipeline', '--json']);
    expect(ran.status).toBe(3);
    expect(JSON.parse(ran.stdout)).toMatchObject({ verdict: 'fail', promoted: false });
    expect(JSON.parse(ran.stdout)).not.toHaveProperty('model-version');
    expect((await mlopsOutputs(folder.path, ['models'])).models).toEqual([]);
    const { runs } = await mlopsOutputs(folder.path, ['runs']);
    expect(runs).toMatchObject([{ status: 'FINISHED', tags: { 'mlops.verdict': 'fail' } }]);
  });
});

describe('the verdict and the exit status', () => {
  const project = (evaluation: string, gate: string): string => `name: adult
data: { source: adult.csv, target: income }
model: { n-estimators: 5 }
evaluation: ${evaluation}
gates: [${gate}]
`;

  test.each([
    ['a failed gate with fail-on never', '{ fail-on: never }', '{ metric: roc_auc, min: 0.99 }', 0, 'fail'],
    ['a warning with fail-on warn', '{ fail-on: warn }', '{ metric: roc_auc, min: 0.99, severity: warn }', 3, 'warn'],
    ['a warning by default', '{}', '{ metric: roc_auc, min: 0.99, severity: warn }', 0, 'warn'],
  ])('%s', async (_, evaluation, gate, status, verdict) => {
    await using folder = await workspace({ 'mlops.yaml': project(evaluation, gate) }, 'test/fixtures/adult');
    const ran = await mlops(folder.path, ['pipeline', '--json']);
    expect([ran.status, JSON.parse(ran.stdout).verdict]).toEqual([status, verdict]);
  });

  test('a table that lost a column cannot be compared with the champion, and goes on without one when told', async () => {
    const rows = (line: (i: number) => string) => Array.from({ length: 300 }, (_, i) => `${line(i)}\n`).join('');
    await using folder = await workspace({
      'mlops.yaml':
        'name: t\ndata: { source: t.csv, target: y }\nmodel: { n-estimators: 3 }\nenvironments: { production: { promotion: auto } }\n',
      't.csv': `a,b,y\n${rows((i) => `${i},${i % 7},${i * 2}`)}`,
    });
    expect(await mlopsOutputs(folder.path, ['pipeline'])).toMatchObject({ promoted: true });
    writeFileSync(join(folder.path, 't.csv'), `a,y\n${rows((i) => `${i},${i * 2}`)}`);
    const ran = await mlops(folder.path, ['pipeline']);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/^EVALUATION_EMPTY {2}the table lacks b, which it had when t was trained: /m);
    const alone = await mlopsOutputs(folder.path, ['pipeline', '--champion', 'none']);
    expect(alone).toMatchObject({ verdict: 'pass', 'model-uri': 'models:/t/2', promoted: true });
  });
});

/** Deliveries with a time, quoted texts, missing cells; the minutes follow from distance, rain and the city. */
function deliveries(rows: number): string {
  const random = new Random(7);
  const lines = ['"ordered at",city,"km, by road",rain,minutes'];
  for (let i = 0; i < rows; i++) {
    const time = new Date(Date.UTC(2025, 0, 1) + i * 3_600_000).toISOString();
    const city = ['Paris', 'Köln', '"Saint ""S"""'][random.below(3)]!;
    const km = random.unit() * 20;
    const rain = random.unit() < 0.1 ? '' : random.unit() < 0.3 ? 'true' : 'false';
    const minutes = 10 + 3 * km + (rain === 'true' ? 12 : 0) + (city === 'Paris' ? 15 : 0) + random.unit() * 4;
    lines.push(`${time},${city},${km.toFixed(3)},${rain},${minutes.toFixed(2)}`);
  }
  return `${lines.join('\n')}\n`;
}

const told = (e: { action: string; from: number | null; to: number; reason: string }) => [
  e.action,
  e.from,
  e.to,
  e.reason,
];

describe('a regression of delivery times', () => {
  test('holds out the newest rows, learns from texts and gaps, and rolls back', async () => {
    await using folder = await workspace({ 'deliveries.csv': deliveries(2_000) });
    const cwd = folder.path;
    const { trained } = await firstDay(cwd, 'deliveries.csv', 'minutes', '1');
    expect(readFileSync(join(cwd, 'mlops.yaml'), 'utf8')).toMatch(/^ {2}time: ordered at /m);
    expect((trained.metrics as Record<string, number>).r2).toBeGreaterThan(0.8);
    const evaluation = JSON.parse(readFileSync(join(cwd, 'reports/evaluation.json'), 'utf8'));
    expect(evaluation.rows.description).toBe('400 held-out rows of 2,000');

    // More rows and a forest instead of one tree.
    writeFileSync(join(cwd, 'deliveries.csv'), deliveries(2_400));
    const better = await mlopsOutputs(cwd, ['pipeline', '--n-estimators', '30']);
    expect(better).toMatchObject({ verdict: 'pass', 'model-uri': 'models:/deliveries/2' });
    expect(better.reason).toMatch(/^better than deliveries v1: rmse /);
    await mlopsOutputs(cwd, ['promote', '--model', 'models:/deliveries/2', '--reason', 'more rows']);
    expect(await mlopsOutputs(cwd, ['rollback', '--reason', 'too slow in Paris'])).toEqual({
      'model-name': 'deliveries',
      'deployed-version': 1,
      'previous-version': 2,
      status: 'deployed',
    });
    const { entries } = await mlopsOutputs(cwd, ['history', '--environment', 'production']);
    expect((entries as Parameters<typeof told>[0][]).map(told)).toEqual([
      ['promote', null, 1, 'first model'],
      ['promote', 1, 2, 'more rows'],
      ['rollback', 2, 1, 'too slow in Paris'],
    ]);
  });
});

describeWith(['python'], 'MLflow opens what the pipeline wrote', () => {
  test('its client sees runs, metrics, the registered model, its version and aliases, and loads the model', async () => {
    await using folder = await workspace({}, 'test/fixtures/adult');
    const cwd = folder.path;
    const { trained } = await firstDay(cwd, 'adult.csv', 'income');
    // A copy: MLflow brings the schema of a file that it opens up to date.
    cpSync(join(cwd, 'mlflow.db'), join(cwd, 'copy.db'));
    const script = `
import json, mlflow, pandas as pd
from mlflow.tracking import MlflowClient
uri = "sqlite:///copy.db"
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
experiment = client.get_experiment_by_name("adult")
(run,) = client.search_runs([experiment.experiment_id])
version = client.get_model_version_by_alias("adult", "production")
rows = pd.read_csv("new-1.csv").head(3)
answers = mlflow.pyfunc.load_model("models:/adult@production").predict(rows)
print(json.dumps({
  "run": run.info.run_id, "status": run.info.status, "metrics": run.data.metrics,
  "estimators": run.data.params["n_estimators"], "datasets": [d.dataset.name for d in run.inputs.dataset_inputs],
  "version": version.version, "versionRun": version.run_id, "aliases": sorted(client.get_registered_model("adult").aliases),
  "columns": list(answers.columns), "labels": list(answers["prediction"]),
}))
`;
    const env = { ...process.env, GIT_PYTHON_REFRESH: 'quiet', MLFLOW_DISABLE_TELEMETRY: 'true' };
    const seen = JSON.parse(await mustRun(await pythonPeers(), ['-W', 'ignore', '-c', script], { cwd, env }));
    const ours = await mlopsOutputs(cwd, ['predict', '--data', 'new-1.csv']);
    expect(ours.rows).toBe(500);
    const labels = readFileSync(join(cwd, 'predictions/new-1.csv'), 'utf8').split('\n').slice(1, 4);
    expect(seen).toEqual({
      run: trained['run-id'],
      status: 'FINISHED',
      metrics: trained.metrics,
      estimators: '30',
      datasets: ['adult.csv'],
      version: 1,
      versionRun: trained['run-id'],
      aliases: ['challenger', 'production', 'staging'],
      columns: ['prediction', 'probability_<=50K', 'probability_>50K'],
      labels: labels.map((line) => line.split(',')[0]),
    });
  });
});
