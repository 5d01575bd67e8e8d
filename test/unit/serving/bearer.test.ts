import { expect, test } from 'vitest';
import { bearerCheck } from '../../../src/serving/bearer.ts';

test('only the whole token opens', () => {
  const check = bearerCheck('s3cret-token');
  expect(['Bearer s3cret-token', 'bearer  s3cret-token'].map(check)).toEqual([true, true]);
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    's3cret-token',
    'Basic s3cret-token',
    'Bearer s3cret',
    'Bearer s3cret-tokens',
  ];
  expect(wrong.map(check)).toEqual(wrong.map(() => false));
  expect(bearerCheck('')('Bearer ')).toBe(false);
});
