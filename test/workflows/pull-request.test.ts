import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BOT } from '../tools/github-api/start-github-api.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type Consumer, startConsumer } from './consumer.ts';
import { rentsCsv } from './rents.ts';
import { outcomes, stepOf } from './steps.ts';

const OWN = { owner: 'acme', branch: 'more-data', sha: 'a'.repeat(40) };
const FORK = { owner: 'mallory', branch: 'main', sha: 'b'.repeat(40) };

function pullRequest(number: number, head: typeof OWN) {
  const fork = head.owner !== 'acme';
  const repo = { fork, full_name: `${head.owner}/rents` };
  return { action: 'opened', number, pull_request: { number, head: { ref: head.branch, sha: head.sha, repo } } };
}

describeWith(['git', 'go'], 'a pull request', () => {
  let consumer: Consumer;
  let ledger: string[];

  beforeAll(async () => {
    consumer = await startConsumer({ pullRequests: { 7: OWN, 8: FORK } });
    // Version 1 in production: what a pull request is compared with.
    await consumer.run('retrain.yml', 'schedule');
    const inputs = { action: 'promote', environment: 'production', model: 'models:/rents/1', reason: 'first' };
    await consumer.run('promote.yml', 'workflow_dispatch', { payload: { inputs } });
    ledger = await consumer.repository.commits('mlops-ledger');
  });
  afterAll(() => consumer?.stop());

  test('is trained, compared with the version in production, and told so in one comment', async () => {
    const payload = pullRequest(7, OWN);
    const run = await consumer.run('ml-ci.yml', 'pull_request', { payload, runId: 42 });
    expect(outcomes(run), run.log).toEqual({ evaluate: ['success', 'success', 'success', 'success', 'success'] });
    const { outputs } = stepOf(run, 'evaluate', 'evaluate');
    expect(outputs.verdict).toBe('warn');
    const [comment, ...others] = consumer.github.repository.comments;
    expect(others).toEqual([]);
    expect(comment).toMatchObject({ issue: 7, author: BOT.login, writes: 1 });
    expect(comment!.body).toMatch(/^<!-- mlops:evaluation -->\n## /);
    expect(comment!.body).toContain('\n### Against rents v1\n\n| metric | challenger | champion |');
    expect(comment!.body).toContain('[The whole report](https://github.com/acme/rents/actions/runs/42/artifacts/');
    expect(stepOf(run, 'evaluate', 'report').outputs['comment-url']).toBe(
      'https://github.com/acme/rents/pull/7#issuecomment-1',
    );
    expect(consumer.artifacts.list('42').map(({ name }) => name)).toContain('evaluation-report.html');
  });

  test('that is pushed to again has its comment brought up to date', async () => {
    const [, ...later] = rentsCsv({ rows: 300, seed: 3, year: 2026 }).split('\n');
    await consumer.repository.push({ 'rents.csv': rentsCsv({ rows: 600, seed: 1 }) + later.join('\n') });
    const before = consumer.github.repository.comments[0]!.body;
    const run = await consumer.run('ml-ci.yml', 'pull_request', { payload: pullRequest(7, OWN), runId: 44 });
    expect(run.status, run.log).toBe(0);
    expect(consumer.github.repository.comments).toMatchObject([{ id: 1, writes: 2 }]);
    expect(consumer.github.repository.comments[0]!.body).not.toBe(before);
  });

  test('writes nothing to the ledger', async () => {
    expect(await consumer.repository.commits('mlops-ledger')).toEqual(ledger);
  });

  test('from a fork is evaluated without a right to write, and commented by the run that follows', async () => {
    const payload = pullRequest(8, FORK);
    const run = await consumer.run('ml-ci.yml', 'pull_request', { payload, fork: true, runId: 45 });
    expect(outcomes(run), run.log).toEqual({
      evaluate: ['success', 'success', 'success', 'success', 'success', 'success'],
    });
    expect(consumer.github.repository.comments.filter(({ issue }) => issue === 8)).toEqual([]);
    expect(stepOf(run, 'evaluate', 'report').outputs['comment-url']).toBeUndefined();
    expect(consumer.artifacts.list('45').map(({ name }) => name)).toContain('evaluation');

    const workflow_run = {
      id: 45,
      event: 'pull_request',
      conclusion: 'success',
      head_branch: FORK.branch,
      head_sha: FORK.sha,
      head_repository: { fork: true, full_name: 'mallory/rents', owner: { login: FORK.owner } },
      pull_requests: [],
    };
    const report = await consumer.run('ml-report.yml', 'workflow_run', { payload: { workflow_run }, runId: 46 });
    expect(outcomes(report), report.log).toEqual({ comment: ['success', 'success'] });
    expect(consumer.github.repository.comments.filter(({ issue }) => issue === 8)).toMatchObject([
      { author: BOT.login, body: expect.stringMatching(/^<!-- mlops:evaluation -->\n## /) },
    ]);
  });

  test('of the repository itself is not commented twice: the run that follows does nothing', async () => {
    const before = structuredClone(consumer.github.repository.comments);
    const workflow_run = {
      id: 44,
      event: 'pull_request',
      head_branch: OWN.branch,
      head_sha: OWN.sha,
      head_repository: { fork: false, full_name: 'acme/rents', owner: { login: 'acme' } },
      pull_requests: [{ number: 7 }],
    };
    const report = await consumer.run('ml-report.yml', 'workflow_run', { payload: { workflow_run } });
    expect([report.status, report.jobs], report.log).toEqual([0, {}]);
    expect(consumer.github.repository.comments).toEqual(before);
  });

  test('that a gate refuses fails, and its comment says why', async () => {
    const project = readFileSync(join(consumer.repository.checkout, 'mlops.yaml'), 'utf8');
    await consumer.repository.push({ 'mlops.yaml': `${project}\ngates:\n  - metric: rmse\n    max: 1\n` });
    const run = await consumer.run('ml-ci.yml', 'pull_request', { payload: pullRequest(7, OWN), runId: 48 });
    expect(outcomes(run), run.log).toEqual({ evaluate: ['success', 'success', 'success', 'failure', 'success'] });
    const { outputs, annotations } = stepOf(run, 'evaluate', 'evaluate');
    expect(outputs.verdict).toBe('fail');
    expect(annotations).toEqual([{ level: 'error', title: 'evaluate: negative verdict', message: outputs.reason }]);
    expect(consumer.github.repository.comments.find(({ issue }) => issue === 7)!.body).toMatch(
      /^<!-- mlops:evaluation -->\n## ❌ /,
    );
  });

  test('that breaks its data fails with what is wrong, and nothing is commented about it', async () => {
    await consumer.repository.push({
      'rents.csv': 'listed,district,area,rooms,built,furnished,rent\n2025-01-01,mill,50\n',
    });
    const before = structuredClone(consumer.github.repository.comments);
    const run = await consumer.run('ml-ci.yml', 'pull_request', { payload: pullRequest(7, OWN), runId: 47 });
    expect(outcomes(run), run.log).toEqual({ evaluate: ['success', 'failure'] });
    expect(stepOf(run, 'evaluate', 'validate').annotations).toEqual([
      { level: 'error', title: 'CSV_MALFORMED', message: expect.stringContaining('rents.csv:2: 3 fields, expected 7') },
    ]);
    expect(consumer.github.repository.comments).toEqual(before);
  });
});
