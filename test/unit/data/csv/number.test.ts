import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDecimal, parseDecimalBytes } from '../../../../src/data/csv/number.ts';
import { longDecimal, shortDecimal } from '../../../../src/data/csv/plain-decimal.ts';
import { runs } from '../../../tools/effort.ts';

const ofBytes = (text: string): number => {
  const bytes = Buffer.from(`x${text}x`);
  return parseDecimalBytes(bytes, 1, bytes.length - 1);
};

test('numbers and what is none', () => {
  const numbers = ['0', '-0', '+5', '5.', '.5', '1e5', '1E-5', '-12.50', '00.5', '007', '1e308'];
  expect(numbers.map(parseDecimal)).toEqual([0, -0, 5, 5, 0.5, 1e5, 1e-5, -12.5, 0.5, 7, 1e308]);
  const others = [
    '',
    '+',
    '.',
    '-.',
    '1e',
    'e5',
    '0x10',
    '1e999',
    'Infinity',
    'NaN',
    ' 1',
    '1 ',
    '1_0',
    '1.2.3',
    '--1',
    '١',
  ];
  expect(others.map(parseDecimal)).toEqual(others.map(() => Number.NaN));
  expect([...numbers, ...others].map(ofBytes)).toEqual([...numbers, ...others].map(parseDecimal));
});

test('bytes give the very double that the engine reads from the text', () => {
  const digits = (most: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: most });
  const text = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.constantFrom('', '-', '+'), digits(22), digits(24)).map(([sign, a, b]) => `${sign}${a}.${b}`),
    fc.tuple(fc.constantFrom('', '-'), digits(21)).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom('', '-'), digits(20), digits(5), fc.constantFrom('e', 'E-', 'e+'), digits(3))
      .map(([sign, a, b, e, n]) => `${sign}${a}.${b}${e}${n}`)
      .filter((given) => Number.isFinite(Number(given))),
    // Half way between two doubles, where rounding is decided.
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 62n }).map((n) => String(n | 1n)),
    fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n }).map((n) => `${n}.5`),
  );
  fc.assert(
    fc.property(text, (given) => {
      expect(Object.is(ofBytes(given), Number(given)), given).toBe(true);
    }),
    { numRuns: runs(20_000) },
  );
});

test('the quick ways give that double too, or leave the number to the thorough one', () => {
  const digits = (least: number, most: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
  const text = fc.oneof(
    fc.tuple(fc.constantFrom('', '-'), digits(1, 4), digits(1, 18)).map(([sign, a, b]) => `${sign}${a}.${b}`),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(digits(0, 12), fc.constantFrom(...'.-e:/ a"'), digits(0, 12)).map((parts) => parts.join('')),
  );
  let quick = 0;
  fc.assert(
    fc.property(text, (given) => {
      const bytes = Buffer.from(`wxyz${given}x`);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (const value of [shortDecimal(bytes, 4, bytes.length - 1), longDecimal(view, 4, bytes.length - 1)]) {
        if (Number.isNaN(value)) continue;
        quick++;
        expect(Object.is(value, parseDecimal(given)), given).toBe(true);
      }
    }),
    { numRuns: runs(20_000) },
  );
  expect(quick).toBeGreaterThan(runs(5000));
});
