import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../src/errors/codes.ts';

const SRC = resolve(import.meta.dirname, '../../../src');
const codes = Object.keys(ERROR_CODES);

const thrown = new Set(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('errors'))
    .flatMap((path) => [...readFileSync(join(SRC, path), 'utf8').matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g)])
    .map((match) => match[1]!),
);

test('the codes are sorted by name', () => {
  expect(codes).toEqual([...codes].sort());
});

test('every code is thrown somewhere', () => {
  expect(codes.filter((code) => !thrown.has(code))).toEqual([]);
});

test('every code says what has happened and what to do, in whole sentences', () => {
  const bad = Object.entries(ERROR_CODES).filter(
    ([, info]) => ![info.meaning, info.remedy].every((s) => /^([A-Z]|mlops).*\.$/s.test(s)),
  );
  expect(bad).toEqual([]);
});
