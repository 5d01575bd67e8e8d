import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runStep, type StepResult } from '../tools/action-step.ts';
import { workspace } from '../tools/mlops.ts';

const PROJECT = `name: adult
data:
  source: adult.csv
  target: income
model:
  n-estimators: 20
ledger:
  mode: 'off'
batch:
  source: new-*.csv
  keep-columns: [age]
`;

/** The step's result; one that failed throws with its log. */
async function step(name: string, cwd: string, inputs: Record<string, string> = {}): Promise<StepResult> {
  const result = await runStep(name, cwd, inputs);
  if (result.status !== 0) throw new Error(`${name}: status ${result.status}\n${result.stdout}${result.stderr}`);
  return result;
}

test('each action gives the next one what it needs, from a table to a monitored model', async () => {
  await using folder = await workspace({ 'mlops.yaml': PROJECT }, 'test/fixtures/adult');
  const cwd = folder.path;

  const validate = await step('validate', cwd);
  expect(validate.outputs).toEqual({
    checks: expect.stringMatching(/^\d+$/),
    failed: '0',
    rows: '4000',
    'data-digest': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(validate.summary).toMatch(/^## ✅ Data validation\n/);

  const train = await step('train', cwd);
  expect(train.outputs['data-digest']).toBe(validate.outputs['data-digest']);
  expect(train.outputs['model-uri']).toBe(`runs:/${train.outputs['run-id']}/model`);
  expect(JSON.parse(train.outputs.metrics!)).toMatchObject({ roc_auc: expect.any(Number) });

  const evaluate = await step('evaluate', cwd, { 'model-uri': train.outputs['model-uri']! });
  expect(evaluate.outputs).toMatchObject({ verdict: 'pass', report: 'reports/evaluation.html' });
  expect(readFileSync(join(cwd, 'reports/evaluation.html'), 'utf8')).toMatch(/^<!doctype html>/);
  expect(evaluate.summary).toMatch(/^## ✅ Evaluation of adult\n/);
  expect(evaluate.summary).toContain('```mermaid\nxychart-beta');

  const register = await step('register', cwd, { 'model-uri': train.outputs['model-uri']! });
  expect(register.outputs).toEqual({ 'model-name': 'adult', 'model-version': '1', 'model-uri': 'models:/adult/1' });

  const staging = { model: register.outputs['model-uri']!, environment: 'staging' };
  const deployed = { 'model-name': 'adult', 'deployed-version': '1', status: 'deployed' };
  expect((await step('deploy', cwd, staging)).outputs).toEqual(deployed);
  const production = { ...staging, environment: 'production', action: 'promote', reason: 'first' };
  expect((await step('deploy', cwd, production)).outputs).toEqual(deployed);

  const predict = await step('predict', cwd);
  expect(predict.outputs).toEqual({
    rows: '1000',
    rejected: '0',
    outputs: JSON.stringify(['predictions/new-1.csv', 'predictions/new-2.csv']),
    'model-uri': 'models:/adult/1',
  });
  const [header, first] = readFileSync(join(cwd, 'predictions/new-1.csv'), 'utf8').split('\n');
  expect(header).toBe('age,prediction,probability_<=50K,probability_>50K');
  expect(first).toMatch(/^\d+,(<=50K|>50K),[\d.]+,[\d.]+$/);

  const monitor = await step('monitor', cwd);
  expect(monitor.outputs).toMatchObject({ drift: 'false', 'retrain-recommended': 'false' });

  const schedule = await step('schedule', cwd);
  expect(schedule.outputs).toMatchObject({ due: 'false', reason: expect.stringMatching(/^trained 0 days ago, next /) });
});

test('a negative verdict fails the step with status 3, or only says so when told', async () => {
  const gate = 'gates:\n  - metric: roc_auc\n    min: 0.9999\n';
  await using folder = await workspace({ 'mlops.yaml': PROJECT + gate }, 'test/fixtures/adult');
  const train = await step('train', folder.path);
  const inputs = { 'model-uri': train.outputs['model-uri']! };
  const failed = await runStep('evaluate', folder.path, inputs);
  expect(failed.status).toBe(3);
  expect(failed.outputs.verdict).toBe('fail');
  expect(failed.stdout).toMatch(/^::error title=evaluate%3A negative verdict::.*roc_auc/m);
  const told = await runStep('evaluate', folder.path, { ...inputs, 'fail-on-verdict': 'false' });
  expect([told.status, told.outputs.verdict]).toEqual([0, 'fail']);
  expect(told.stdout).toMatch(/^::warning::.*roc_auc/m);
});

test('a secret that an error would show is masked', async () => {
  await using folder = await workspace({ 'mlops.yaml': PROJECT }, 'test/fixtures/adult');
  const token = 'tok/en+with=signs';
  const step = await runStep('train', folder.path, {
    'github-token': token,
    'experiment-name': `x-${token}`,
    'n-estimators': token,
  });
  expect(step.status).toBe(2);
  expect(step.stdout).toContain(`::add-mask::${token}`);
  expect(step.stdout.replaceAll(`::add-mask::${token}`, '')).not.toContain(token);
});
