import { expect, test } from 'vitest';
import { marker } from '../../../src/github/marker.ts';
import { TEST_TOKEN } from '../../tools/github-api/start-github-api.ts';
import { forgeOnStandIn } from './forge-stand-in.ts';

const BOT = 'github-actions[bot]';
const DRIFT = {
  id: 'monitor-bikes',
  title: 'bikes: data drift',
  markdown: 'humidity drifted',
  labels: ['mlops', 'drift'],
};
const LOST = { ...DRIFT, title: 'bikes: performance lost', markdown: 'rmse 90' };
const URL = 'https://github.com/acme/bikes/issues/8';

test('drift opens one labelled issue, which later drift brings up to date', async () => {
  const { forge, github } = await forgeOnStandIn();
  expect([await forge.upsertIssue(DRIFT), await forge.upsertIssue(LOST)]).toEqual([URL, URL]);
  expect(github.repository.issues.filter((issue) => !issue.head)).toEqual([
    {
      number: 8,
      author: BOT,
      title: LOST.title,
      body: `${marker('monitor-bikes')}\nrmse 90`,
      labels: ['mlops', 'drift'],
      state: 'open',
      stateReason: null,
      changed: 2,
    },
  ]);
});

test('an issue that says the same already is not written again', async () => {
  const { forge, github } = await forgeOnStandIn();
  await forge.upsertIssue(DRIFT);
  await forge.upsertIssue(DRIFT);
  expect(github.requests.map(({ operation }) => operation)).toEqual([
    'graphql',
    'issues/list-for-repo',
    'issues/create',
    'issues/list-for-repo',
  ]);
});

test('it is closed with a last comment when the drift is gone, and opened again when it is back', async () => {
  const { forge, github } = await forgeOnStandIn();
  await forge.upsertIssue(DRIFT);
  await forge.closeIssue(DRIFT.id, 'no drift any more');
  const issue = github.repository.issues.at(-1)!;
  expect(issue).toMatchObject({ state: 'closed', stateReason: 'completed' });
  expect(github.repository.comments).toEqual([
    { id: 1, issue: 8, author: BOT, body: `${marker('monitor-bikes:closed')}\nno drift any more`, writes: 1 },
  ]);
  expect(await forge.upsertIssue(DRIFT)).toBe(URL);
  expect(issue).toMatchObject({ state: 'open', stateReason: 'reopened' });
});

test('closing where no issue is open writes nothing', async () => {
  const { forge, github } = await forgeOnStandIn();
  await forge.closeIssue(DRIFT.id, 'no drift');
  await forge.upsertIssue(DRIFT);
  await forge.closeIssue(DRIFT.id, 'gone');
  await forge.closeIssue(DRIFT.id, 'still gone');
  expect(github.repository.comments).toHaveLength(1);
});

test('an issue that somebody else gave our marker and label is left alone', async () => {
  const { forge, github } = await forgeOnStandIn();
  const { head: _head, ...pull } = github.repository.issues[0]!;
  const foreign = {
    ...pull,
    number: 8,
    author: 'mallory',
    body: `${marker('monitor-bikes')}\nnothing to see`,
    labels: ['mlops'],
  };
  github.repository.issues.push({ ...foreign });
  expect(await forge.upsertIssue(DRIFT)).toBe('https://github.com/acme/bikes/issues/9');
  expect(github.repository.issues[1]).toEqual(foreign);
});

test('a token that may not write issues fails and names the permission', async () => {
  const { forge } = await forgeOnStandIn({
    tokens: { [TEST_TOKEN]: { login: BOT, permissions: ['contents: write'] } },
  });
  await expect(forge.upsertIssue(DRIFT)).rejects.toMatchObject({
    code: 'FORGE_DENIED',
    message:
      'could not write the issue "bikes: data drift" in acme/bikes: the token may not (Resource not accessible by integration). Add to the job: permissions: issues: write',
  });
});
