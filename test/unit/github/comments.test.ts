import { expect, test } from 'vitest';
import { marker } from '../../../src/github/marker.ts';
import { TEST_TOKEN } from '../../tools/github-api/start-github-api.ts';
import { forgeOnStandIn, HEAD } from './forge-stand-in.ts';

const BOT = 'github-actions[bot]';
const URL = 'https://github.com/acme/bikes/pull/7#issuecomment';

test('an evaluation is one comment, made first and updated in place afterwards', async () => {
  const { forge, github } = await forgeOnStandIn();
  const first = await forge.upsertComment({ id: 'evaluation', markdown: '## pass' });
  const second = await forge.upsertComment({ id: 'evaluation', markdown: '## fail' });
  expect([first, second]).toEqual([
    { done: true, url: `${URL}-1`, created: true },
    { done: true, url: `${URL}-1`, created: false },
  ]);
  expect(github.repository.comments).toEqual([
    { id: 1, issue: 7, author: BOT, body: '<!-- mlops:evaluation -->\n## fail', writes: 2 },
  ]);
});

test('a comment that says the same already is not written again', async () => {
  const { forge, github } = await forgeOnStandIn();
  await forge.upsertComment({ id: 'evaluation', markdown: '## pass' });
  await forge.upsertComment({ id: 'evaluation', markdown: '## pass' });
  expect(github.repository.comments.map(({ writes }) => writes)).toEqual([1]);
});

test('comments of different ids stand side by side', async () => {
  const { forge, github } = await forgeOnStandIn();
  await forge.upsertComment({ id: 'evaluation', markdown: 'a' });
  await forge.upsertComment({ id: 'evaluation-2', markdown: 'b' });
  expect(github.repository.comments.map(({ body }) => body)).toEqual([
    '<!-- mlops:evaluation -->\na',
    '<!-- mlops:evaluation%2D2 -->\nb',
  ]);
});

test('a comment with our marker that another user wrote is left alone', async () => {
  const { forge, github } = await forgeOnStandIn();
  const foreign = { id: 1, issue: 7, author: 'mallory', body: `${marker('evaluation')}\nall is well`, writes: 1 };
  github.repository.comments.push({ ...foreign });
  expect(await forge.upsertComment({ id: 'evaluation', markdown: '## fail' })).toMatchObject({ created: true });
  expect(github.repository.comments[0]).toEqual(foreign);
  expect(github.repository.comments[1]).toMatchObject({ author: BOT, body: '<!-- mlops:evaluation -->\n## fail' });
});

test('our marker in the middle of a comment of ours does not make it the one', async () => {
  const { forge, github } = await forgeOnStandIn();
  const quoting = { id: 1, issue: 7, author: BOT, body: `> ${marker('evaluation')}`, writes: 1 };
  github.repository.comments.push(quoting);
  expect(await forge.upsertComment({ id: 'evaluation', markdown: 'a' })).toMatchObject({ created: true });
});

test('our comment is found behind hundreds of others', async () => {
  const { forge, github } = await forgeOnStandIn();
  const { comments } = github.repository;
  for (let id = 1; id <= 250; id++) comments.push({ id, issue: 7, author: 'ada', body: `${id}`, writes: 1 });
  await forge.upsertComment({ id: 'evaluation', markdown: 'first' });
  await forge.upsertComment({ id: 'evaluation', markdown: 'second' });
  expect(comments).toHaveLength(251);
  expect(comments[250]).toMatchObject({ body: '<!-- mlops:evaluation -->\nsecond', writes: 2 });
});

test('a comment longer than GitHub takes is cut at the end of a line, which it says', async () => {
  const { forge, github } = await forgeOnStandIn();
  await forge.upsertComment({ id: 'evaluation', markdown: `${'x'.repeat(99)}\n`.repeat(700) });
  const [comment] = github.repository.comments;
  expect(comment!.body.length).toBeLessThanOrEqual(65_536);
  expect(comment!.body).toMatch(/x{99}\n\n\*The rest is left out: GitHub takes no longer text\. .*\*\n$/);
});

test('a run that belongs to no pull request comments nowhere and says so', async () => {
  const { forge, github } = await forgeOnStandIn({ origin: { pullRequest: undefined } });
  expect(await forge.upsertComment({ id: 'evaluation', markdown: 'a' })).toEqual({
    done: false,
    reason: 'this run belongs to no pull request',
  });
  expect(github.requests).toEqual([]);
});

test('the read-only token of a fork is no failure; the reason names the permission and the fork', async () => {
  const tokens = { [TEST_TOKEN]: { login: BOT, permissions: [] } };
  const { forge, github } = await forgeOnStandIn({ tokens });
  expect(await forge.upsertComment({ id: 'evaluation', markdown: 'a' })).toEqual({
    done: false,
    reason:
      'could not comment on #7 in acme/bikes: the token may not (Resource not accessible by integration). Add to the job: permissions: pull-requests: write ' +
      '(a pull request from a fork has a read-only token; elsewhere add to the job: permissions: pull-requests: write)',
  });
  expect(github.repository.comments).toEqual([]);
});

test('the run after one of a fork finds the pull request of the branch, as long as it has not moved on', async () => {
  const head = { owner: 'mallory', branch: 'main', sha: 'a'.repeat(40) };
  const pullRequests = { 7: HEAD, 8: head, 9: { ...head, branch: 'other' } };
  const runBefore = { headOwner: 'mallory', headBranch: 'main', headSha: head.sha };
  const origin = { pullRequest: undefined, event: 'workflow_run' };
  const { forge } = await forgeOnStandIn({ pullRequests, origin, runBefore });
  expect(await forge.upsertComment({ id: 'evaluation', markdown: 'a' })).toMatchObject({
    done: true,
    url: 'https://github.com/acme/bikes/pull/8#issuecomment-1',
  });

  const late = await forgeOnStandIn({ pullRequests, origin, runBefore: { ...runBefore, headSha: 'b'.repeat(40) } });
  expect(await late.forge.upsertComment({ id: 'evaluation', markdown: 'a' })).toEqual({
    done: false,
    reason: 'this run belongs to no pull request',
  });
});
