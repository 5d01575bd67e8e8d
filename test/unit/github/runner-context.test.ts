import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type RunnerContext, runnerContext } from '../../../src/github/runner-context.ts';

const SHA = 'c0ffee0000000000000000000000000000000000';
const ENV = {
  GITHUB_REPOSITORY: 'acme/bikes',
  GITHUB_ACTOR: 'ada',
  GITHUB_SHA: 'merge',
  GITHUB_REF_NAME: '7/merge',
  GITHUB_HEAD_REF: 'better-forest',
  GITHUB_RUN_ID: '42',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_API_URL: 'https://api.github.com',
};

function contextOf(event: string, payload: unknown, env: NodeJS.ProcessEnv = {}): RunnerContext {
  const folder = mkdtempSync(join(tmpdir(), 'event-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'event.json');
  writeFileSync(path, JSON.stringify(payload));
  return runnerContext({ ...ENV, GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path, ...env });
}

test('a pull request run is of its head, not of the merge that GitHub made for it', () => {
  const payload = {
    pull_request: { number: 7, head: { sha: SHA, ref: 'better-forest' } },
    repository: { default_branch: 'trunk' },
  };
  expect(contextOf('pull_request', payload)).toEqual({
    repository: 'acme/bikes',
    apiUrl: 'https://api.github.com',
    defaultBranch: 'trunk',
    runBefore: undefined,
    origin: {
      host: 'github',
      actor: 'ada',
      repository: 'acme/bikes',
      commit: SHA,
      branch: 'better-forest',
      runUrl: 'https://github.com/acme/bikes/actions/runs/42',
      event: 'pull_request',
      pullRequest: 7,
    },
  });
});

test('a comment on a pull request is about it, one on an issue about none', () => {
  const { origin } = contextOf('issue_comment', { issue: { number: 7, pull_request: {} } });
  expect(origin.pullRequest).toBe(7);
  expect(contextOf('issue_comment', { issue: { number: 7 } }).origin.pullRequest).toBeUndefined();
});

test('the end of a run names its pull request, or what it looked at when GitHub names none', () => {
  const run = {
    event: 'pull_request',
    head_branch: 'main',
    head_sha: SHA,
    head_repository: { owner: { login: 'mallory' } },
    pull_requests: [],
  };
  const fork = contextOf('workflow_run', { workflow_run: run });
  expect([fork.origin.pullRequest, fork.runBefore]).toEqual([
    undefined,
    { headOwner: 'mallory', headBranch: 'main', headSha: SHA },
  ]);
  const own = contextOf('workflow_run', { workflow_run: { ...run, pull_requests: [{ number: 9 }] } });
  expect(own.origin.pullRequest).toBe(9);
  expect(contextOf('workflow_run', { workflow_run: { ...run, event: 'push' } }).runBefore).toBeUndefined();
});

test('a scheduled run is on the default branch', () => {
  const env = { GITHUB_HEAD_REF: '', GITHUB_REF_NAME: 'trunk' };
  expect(contextOf('schedule', { schedule: '23 4 * * *' }, env)).toMatchObject({
    defaultBranch: 'trunk',
    origin: { branch: 'trunk', commit: 'merge', event: 'schedule', pullRequest: undefined },
  });
});

test('a step without an event knows as much as its variables say', () => {
  expect(runnerContext({ GITHUB_REPOSITORY: 'acme/bikes' })).toEqual({
    repository: 'acme/bikes',
    apiUrl: 'https://api.github.com',
    defaultBranch: undefined,
    runBefore: undefined,
    origin: {
      host: 'github',
      actor: 'unknown',
      repository: 'acme/bikes',
      commit: undefined,
      branch: undefined,
      runUrl: undefined,
      event: undefined,
      pullRequest: undefined,
    },
  });
});
