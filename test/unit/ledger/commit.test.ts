import { expect, test } from 'vitest';
import { commitOf, type LedgerOrigin } from '../../../src/ledger/commit.ts';
import { Locations } from '../../../src/ledger/locations.ts';
import type { LedgerContents, LedgerOperation } from '../../../src/ledger/operation.ts';

const runId = 'ab12cd34'.repeat(4);
const origin: LedgerOrigin = { host: 'local', actor: 'ada', commit: 'c0ffee', runUrl: undefined };
const digest = 'd'.repeat(64);

const madeOf = (
  operations: LedgerOperation[],
  { parent, message, from = origin }: { parent?: string; message?: string; from?: LedgerOrigin } = {},
) =>
  commitOf(
    { tip: parent, snapshot: undefined, segments: [], sequence: parent === undefined ? 0 : 6 },
    // Only a snapshot reads the database.
    { db: undefined, files: new Map(), locations: new Locations('/x') } as unknown as LedgerContents,
    operations.map((operation) => ({ operation })),
    { now: () => 1_700_000_000_999, origin: from, message, oids: new Map([[digest, 'e'.repeat(40)]]) },
  ).commit;

test('a commit says in words what it holds', () => {
  const commit = madeOf([
    { op: 'createRun', runId, experimentId: '1', runName: 'x', time: 1, tags: {} },
    { op: 'logBatch', runId, params: { depth: '5' }, metrics: [], tags: {} },
    { op: 'endRun', runId, status: 'FINISHED', time: 2 },
    { op: 'setAlias', name: 'bikes', alias: 'production', version: 7, time: 3 },
    { op: 'setRegisteredModelTag', name: 'bikes', key: 'mlops.history.000001', value: '{}' },
  ]);
  expect(commit.message).toBe(
    [
      'mlops: run ab12cd34 FINISHED, bikes@production → v7',
      '',
      'run ab12cd34 FINISHED',
      'bikes@production → v7',
      'by ada',
    ].join('\n'),
  );
  const later = madeOf([
    {
      ...{ op: 'logBatch', runId, params: {}, tags: { 'mlops.verdict': 'pass' } },
      metrics: [{ key: 'rmse', value: 1, timestamp: 1, step: 0 }],
    },
  ]);
  expect(later.message).toMatch(/^mlops: run ab12cd34: rmse, mlops\.verdict\n/);
});

test('the subject is cut to what lists of commits show', () => {
  const [subject] = madeOf([], { message: 'x'.repeat(300) }).message.split('\n');
  expect(subject).toBe(`${'x'.repeat(99)}…`);
});

test('the author is the bot on GitHub and the toolkit elsewhere, whatever git is set up with', () => {
  const run = 'https://github.com/o/r/actions/runs/1';
  const bot = madeOf([], { from: { ...origin, host: 'github', runUrl: run } });
  expect(bot.author).toEqual({
    name: 'github-actions[bot]',
    email: '41898282+github-actions[bot]@users.noreply.github.com',
  });
  expect(bot.message.split('\n').slice(-2)).toEqual(['by ada', run]);
  expect(madeOf([])).toMatchObject({ author: { name: 'mlops', email: 'mlops@localhost' }, time: 1_700_000_000 });
});

test('the first commit explains the branch, and a file is put once', () => {
  const files = [
    { path: '1/a', digest, size: 1 },
    { path: '1/b', digest, size: 1 },
  ];
  const paths = (parent?: string) =>
    madeOf([{ op: 'putFiles', files }], parent === undefined ? {} : { parent }).put.map(({ path }) => path);
  expect(paths()).toEqual(['README.md', 'operations/00000/00000001.ndjson', `files/dd/${digest}`]);
  expect(paths('f'.repeat(40))).toEqual(['operations/00000/00000007.ndjson', `files/dd/${digest}`]);
});
