import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_TOKEN } from '../tools/github-api/start-github-api.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type Consumer, startConsumer } from './consumer.ts';
import { rentsCsv } from './rents.ts';
import { outcomes, stepOf } from './steps.ts';

const LEDGER = 'mlops-ledger';

/** One after the other, each on what those before left on GitHub: runners keep nothing. */
describeWith(['git', 'go'], 'a model in production on GitHub', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await startConsumer();
  });
  afterAll(() => consumer?.stop());

  test('the first daily look finds that nothing was trained, trains version 1 and deploys it to staging', async () => {
    const run = await consumer.run('retrain.yml', 'schedule', { payload: { schedule: '23 4 * * *' }, runId: 42 });
    expect(outcomes(run), run.log).toEqual({
      schedule: ['success', 'success'],
      retrain: ['success', 'success', 'success'],
    });
    expect(stepOf(run, 'schedule', 'schedule').outputs).toMatchObject({
      due: 'true',
      reason: 'nothing was trained yet',
    });
    const { outputs, summary } = stepOf(run, 'retrain', 'pipeline');
    expect(outputs).toMatchObject({
      'model-uri': 'models:/rents/1',
      'model-version': '1',
      verdict: 'pass',
      promoted: 'false',
    });
    expect(summary).toContain('rents v1');
    expect(consumer.github.repository.deployments).toMatchObject([
      {
        environment: 'staging',
        task: 'deploy:model',
        payload: { model: 'rents', version: 1 },
        statuses: [{ state: 'in_progress' }, { state: 'success', description: 'rents v1 is served' }],
      },
    ]);
    expect(consumer.artifacts.list('42').map(({ name }) => name)).toContain('reports');
    expect((await consumer.repository.commits(LEDGER)).length).toBeGreaterThan(0);
  });

  test('the next daily look says when training is due, and trains nothing', async () => {
    const before = await consumer.repository.commits(LEDGER);
    const run = await consumer.run('retrain.yml', 'schedule', { payload: { schedule: '23 4 * * *' } });
    expect(outcomes(run), run.log).toEqual({ schedule: ['success', 'success'] });
    const { outputs, summary } = stepOf(run, 'schedule', 'schedule');
    expect(outputs.due).toBe('false');
    expect(outputs.reason).toMatch(/^trained 0 days ago, next \d{4}-\d{2}-\d{2}; no drift$/);
    expect(summary).toContain(`not due: ${outputs.reason}`);
    expect(await consumer.repository.commits(LEDGER)).toEqual(before);
  });

  test('promotion needs a reason, moves the alias and records who did it and why', async () => {
    const inputs = { action: 'promote', environment: 'production', model: 'models:/rents/1' };
    const refused = await consumer.run('promote.yml', 'workflow_dispatch', {
      payload: { inputs: { ...inputs, reason: '' } },
    });
    expect(stepOf(refused, 'promote', 'deploy'), refused.log).toMatchObject({
      outcome: 'failure',
      annotations: [
        { level: 'error', title: 'INPUT_INVALID', message: expect.stringContaining('"reason" is missing') },
      ],
    });

    const reason = 'better in `winter`; $(touch gone) "quoted"';
    const run = await consumer.run('promote.yml', 'workflow_dispatch', { payload: { inputs: { ...inputs, reason } } });
    expect(outcomes(run), run.log).toEqual({ promote: ['success', 'success'] });
    expect(stepOf(run, 'promote', 'deploy').outputs).toMatchObject({
      'model-name': 'rents',
      'deployed-version': '1',
      status: 'deployed',
    });
    expect(consumer.github.repository.deployments.at(-1)).toMatchObject({
      environment: 'production',
      statuses: [{ state: 'in_progress' }, { state: 'success' }],
    });
    expect(stepOf(run, 'promote', 'deploy').summary).toContain('ada');
  });

  test('batch prediction on a fresh runner scores with the version in production and keeps the files', async () => {
    const payload = { inputs: { data: 'incoming/*.csv', environment: '' } };
    const run = await consumer.run('batch-predict.yml', 'workflow_dispatch', { payload, runId: 43 });
    expect(outcomes(run), run.log).toEqual({ predict: ['success', 'success', 'success', 'success'] });
    expect(stepOf(run, 'predict', 'predict').outputs).toMatchObject({
      rows: '200',
      rejected: '0',
      'model-uri': 'models:/rents/1',
    });
    expect(consumer.artifacts.list('43').map(({ name }) => name)).toEqual(['predictions']);
  });

  test('the daily runs of a project that scores no files do nothing, and say so', async () => {
    for (const [workflow, job] of [['batch-predict.yml', 'predict'] as const, ['monitor.yml', 'monitor'] as const]) {
      const run = await consumer.run(workflow, 'schedule');
      expect(outcomes(run), run.log).toEqual({ [job]: ['success', 'success'] });
      expect(run.jobs[job]!.steps[1]!.annotations).toEqual([
        { level: 'notice', title: '', message: 'mlops.yaml has no batch, so nothing is scored on schedule' },
      ]);
    }
  });

  test('monitoring opens one issue on drift and starts the retraining that it recommends', async () => {
    const [, ...later] = rentsCsv({ rows: 300, seed: 3, drifted: true, year: 2026 }).split('\n');
    const project = readFileSync(join(consumer.repository.checkout, 'mlops.yaml'), 'utf8');
    await consumer.repository.push({
      'mlops.yaml': `${project}\nbatch:\n  source: incoming/*.csv\n`,
      'incoming/today.csv': rentsCsv({ rows: 300, seed: 4, drifted: true, year: 2026, unlabelled: true }),
      // What such flats were let for is known by now.
      'rents.csv': rentsCsv({ rows: 600, seed: 1 }) + later.join('\n'),
    });
    const run = await consumer.run('monitor.yml', 'schedule');
    expect(stepOf(run, 'monitor', 'monitor').outputs, run.log).toMatchObject({
      drift: 'true',
      'retrain-recommended': 'true',
    });
    const [issue] = consumer.github.repository.issues;
    expect(issue).toMatchObject({ title: 'rents: data drift', state: 'open', labels: ['mlops'] });
    expect(issue!.body).toContain('area');
    expect(stepOf(run, 'schedule', 'schedule').outputs).toMatchObject({
      due: 'true',
      reason: expect.stringMatching(/^monitoring recommends it: /),
    });
    expect(stepOf(run, 'retrain', 'pipeline').outputs).toMatchObject({ 'model-version': '2' });
  });

  test('when the drift is gone the issue is closed, and nothing is trained', async () => {
    await consumer.repository.push({ 'incoming/today.csv': rentsCsv({ rows: 300, seed: 5, unlabelled: true }) });
    const run = await consumer.run('monitor.yml', 'schedule');
    expect(stepOf(run, 'monitor', 'monitor').outputs, run.log).toMatchObject({ drift: 'false' });
    expect(Object.keys(run.jobs)).toEqual(['monitor']);
    expect(consumer.github.repository.issues).toMatchObject([{ state: 'closed' }]);
  });

  test('drift of a version that was trained anew meanwhile is no reason to train once more', async () => {
    const run = await consumer.run('retrain.yml', 'schedule');
    expect(outcomes(run), run.log).toEqual({ schedule: ['success', 'success'] });
    expect(stepOf(run, 'schedule', 'schedule').outputs).toMatchObject({
      due: 'false',
      reason: expect.stringMatching(/; a new model was trained since monitoring found drift$/),
    });
  });

  test('an older version is not promoted over a newer one; rollback goes back to what served before', async () => {
    const payload = (action: string, model = '') => ({
      inputs: { action, environment: 'production', model, reason: 'trial' },
    });
    const up = await consumer.run('promote.yml', 'workflow_dispatch', {
      payload: payload('promote', 'models:/rents/2'),
    });
    expect(stepOf(up, 'promote', 'deploy').outputs, up.log).toMatchObject({
      'deployed-version': '2',
      'previous-version': '1',
    });
    const down = await consumer.run('promote.yml', 'workflow_dispatch', {
      payload: payload('promote', 'models:/rents/1'),
    });
    expect(stepOf(down, 'promote', 'deploy').annotations[0]).toMatchObject({
      title: 'DEPLOYMENT_REFUSED',
      message: expect.stringContaining('use rollback'),
    });
    const back = await consumer.run('promote.yml', 'workflow_dispatch', { payload: payload('rollback') });
    expect(stepOf(back, 'promote', 'deploy').outputs, back.log).toMatchObject({
      'deployed-version': '1',
      'previous-version': '2',
    });
  });

  test('the token stands in no log, nowhere on GitHub and not on the ledger branch', async () => {
    const run = await consumer.run('retrain.yml', 'schedule', { payload: { schedule: '23 4 * * *' } });
    expect(outcomes(run), run.log).toEqual({ schedule: ['success', 'success'] });
    expect(run.log).not.toContain(TEST_TOKEN);
    expect(JSON.stringify(consumer.github.repository)).not.toContain(TEST_TOKEN);
    expect(await consumer.repository.contains(LEDGER, 'rents')).toBe(true);
    expect(await consumer.repository.contains(LEDGER, TEST_TOKEN)).toBe(false);
  });
});
