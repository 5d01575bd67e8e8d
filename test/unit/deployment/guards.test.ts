import { describe, expect, test } from 'vitest';
import { type GuardedDeployment, refusals, rollbackVersion } from '../../../src/deployment/guards.ts';
import type { HistoryEntry } from '../../../src/deployment/history.ts';

const version = (number: number, verdict?: string, status: 'READY' | 'FAILED_REGISTRATION' = 'READY') => ({
  name: 'bikes',
  version: number,
  creationTime: 0,
  description: '',
  runId: '',
  source: '',
  modelId: '',
  storageLocation: '',
  status,
  tags: verdict === undefined ? {} : { 'mlops.verdict': verdict },
  aliases: [],
});

/** `deploy staging 1`, `rollback production 2 1`: action, environment, from, to. */
const history = (...lines: string[]): HistoryEntry[] =>
  lines.map((line, i) => {
    const [action, environment, ...numbers] = line.split(' ');
    const [from, to] = numbers.length === 1 ? [null, Number(numbers[0])] : numbers.map(Number);
    return { sequence: i + 1, action, environment, from, to } as unknown as HistoryEntry;
  });

const production = (more: Partial<GuardedDeployment>): GuardedDeployment => ({
  version: version(2, 'pass'),
  environment: 'production',
  requires: 'staging',
  current: 1,
  action: 'promote',
  history: history('deploy staging 2'),
  ...more,
});

describe('the guards of an environment', () => {
  test('let a version pass that is ready, won its gates and was validated before', () => {
    expect(refusals(production({}))).toEqual([]);
  });

  test('say every reason at once', () => {
    expect(
      refusals(production({ version: version(1, 'warn', 'FAILED_REGISTRATION'), current: 3, history: [] })),
    ).toEqual([
      'bikes v1 is FAILED_REGISTRATION, expected READY',
      'bikes v1 has the verdict "warn", expected "pass": evaluate it and register it with its evaluation',
      'bikes v1 was never validated in "staging": deploy it there first',
      'bikes v1 is older than v3, which "production" serves: use rollback',
    ]);
  });

  test('ask nothing of the verdict where no environment is required before', () => {
    expect(refusals(production({ version: version(2), requires: undefined, history: [] }))).toEqual([]);
  });

  test('let a rollback go to an older version, whatever its verdict', () => {
    expect(refusals(production({ version: version(1), current: 2, action: 'rollback', history: [] }))).toEqual([]);
  });
});

describe('a rollback', () => {
  test.each([
    ['goes to the version before', ['promote production 1', 'promote production 1 2'], 2, 1],
    [
      'skips what was rolled back from',
      ['promote production 1', 'promote production 1 2', 'rollback production 2 1', 'promote production 1 3'],
      3,
      1,
    ],
    ['has nowhere to go from the first version', ['promote production 1'], 1, undefined],
    [
      'looks at its own environment only',
      ['deploy staging 1', 'deploy staging 1 2', 'promote production 2'],
      2,
      undefined,
    ],
  ] as const)('%s', (_, lines, current, expected) => {
    expect(rollbackVersion(history(...lines), 'production', current)).toBe(expected);
  });
});
