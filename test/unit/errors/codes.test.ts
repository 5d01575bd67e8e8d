import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../src/errors/codes.ts';

const codes = Object.keys(ERROR_CODES);

test('the codes are sorted by name', () => {
  expect(codes).toEqual([...codes].sort());
});

test('every code says what has happened and what to do, in whole sentences', () => {
  const bad = Object.entries(ERROR_CODES).filter(
    ([, info]) => ![info.meaning, info.remedy].every((s) => /^([A-Z]|mlops).*\.$/s.test(s)),
  );
  expect(bad).toEqual([]);
});
