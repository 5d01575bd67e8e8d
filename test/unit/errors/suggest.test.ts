import { describe, expect, test } from 'vitest';
import { expectedError } from '../../../src/errors/from-system.ts';
import { MlopsError, throwFaults } from '../../../src/errors/mlops-error.ts';
import { Redactor } from '../../../src/errors/redact.ts';
import { didYouMean, listSome } from '../../../src/errors/suggest.ts';

describe('didYouMean', () => {
  test.each([
    ['count', ['dteday', 'hr', 'cnt'], ' Did you mean "cnt"?'],
    ['n-estimator', ['n-jobs', 'n-estimators'], ' Did you mean "n-estimators"?'],
    ['Target', ['target'], ' Did you mean "target"?'],
    ['zebra', ['dteday', 'hr'], ''],
    ['x', [], ''],
  ])('of "%s" among %j is %j', (given, candidates, hint) => {
    expect(didYouMean(given, candidates)).toBe(hint);
  });
});

test('listSome cuts a long list and says how long it is', () => {
  expect(listSome(['a', 'b', 'c'], 2)).toBe('a, b … (3 in all)');
  expect(listSome(['a', 'b'], 2)).toBe('a, b');
});

test('throwFaults throws one error that names all faults, and nothing when there are none', () => {
  throwFaults('INPUT_INVALID', []);
  expect(() => throwFaults('INPUT_INVALID', ['first', 'second'])).toThrow(
    new MlopsError('INPUT_INVALID', ['first', 'second']),
  );
});

test.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EACCES', 'PERMISSION_DENIED'],
  ['EROFS', 'PERMISSION_DENIED'],
  ['ABORT_ERR', 'INTERRUPTED'],
])('%s of the system is %s', (code, expected) => {
  const error = expectedError(Object.assign(new Error('x'), { code, path: '/data/out.csv' })) as MlopsError;
  expect(error.code).toBe(expected);
  expect((error.cause as Error).message).toBe('x');
});

test('an error that nobody expected stays what it is', () => {
  const bug = new TypeError('x is not a function');
  expect(expectedError(bug)).toBe(bug);
});

test('a secret is removed wherever it stands, also encoded', () => {
  const redactor = new Redactor();
  redactor.add('s3cr3t/value');
  expect(redactor.redact('token=s3cr3t/value; url=https://x/?t=s3cr3t%2Fvalue')).not.toMatch(/s3cr3t/);
});
