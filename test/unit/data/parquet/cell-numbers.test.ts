import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bigintOf,
  decimalNumber,
  exactNumber,
  exactOfHalves,
  float16,
  int96Nanos,
  millisOf,
  millisOfHalves,
  timeText,
} from '../../../../src/data/parquet/cell-numbers.ts';
import { runs } from '../../../tools/effort.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.constantFrom(0n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 60n),
);
const halvesOf = (value: bigint): readonly [number, number] => {
  const halves = new Int32Array(new BigInt64Array([value]).buffer);
  return [halves[0]!, halves[1]!];
};
const floorDivided = (value: bigint, by: bigint): number => Number((value - (((value % by) + by) % by)) / by);

describe('64-bit numbers that are read by their halves', () => {
  test('are exact, or refused just when no double holds them', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const [low, high] = halvesOf(value);
        const unsigned = BigInt.asUintN(64, value);
        const held = (number: bigint) => (BigInt(Number(number)) === number ? Number(number) : undefined);
        expect([exactOfHalves(low, high, true), exactOfHalves(low, high, false), exactNumber(value)]).toEqual([
          ...[held(value), held(unsigned), held(value)],
        ]);
      }),
      { numRuns: runs(2000) },
    );
  });

  test('are milliseconds rounded down, before 1970 too', () => {
    fc.assert(
      fc.property(int64, fc.constantFrom(1, 1000, 1_000_000), (value, perMilli) => {
        const expected = floorDivided(value, BigInt(perMilli));
        expect(millisOf(value, BigInt(perMilli))).toBe(expected);
        // Further from 1970 than instants go, a double rounds.
        if (Math.abs(expected) <= 8.64e15) expect(millisOfHalves(...halvesOf(value), perMilli) + 0).toBe(expected);
      }),
      { numRuns: runs(2000) },
    );
  });
});

test('a decimal is the double that its text is read as', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
      fc.integer({ min: 1, max: 38 }),
      (unscaled, scale) => {
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
        const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
        expect(decimalNumber(unscaled, scale)).toBe(Number(text));
      },
    ),
    { numRuns: runs(2000) },
  );
});

test('bytes of decimals, Julian days, halves of floats and times of a day are read', () => {
  expect([bigintOf(Uint8Array.of(0xff, 0x85)), bigintOf(Uint8Array.of(0, 0xff)), bigintOf(Uint8Array.of())]).toEqual([
    ...[-123n, 255n, 0n],
  ]);
  expect(int96Nanos((2_440_589n << 64n) | 5n)).toBe(86_400_000_000_005n);
  const halves = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x7e00];
  expect(halves.map((bits) => float16(Uint8Array.of(bits & 255, bits >> 8)))).toEqual([
    ...[1, -2, 65_504, 2 ** -24, -0, Number.POSITIVE_INFINITY, Number.NaN],
  ]);
  expect([timeText(45_296_250n, 'MILLIS'), timeText(0n, 'MICROS'), timeText(86_399_999_999_999n, 'NANOS')]).toEqual([
    ...['12:34:56.25', '00:00:00', '23:59:59.999999999'],
  ]);
});
