import { expect, test } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatPercent,
  formatTime,
  oneLine,
} from '../../../src/reports/format.ts';

test('numbers have four significant digits, grouped thousands and a minus sign', () => {
  const numbers = [0, 17379, -1234.5, 0.85961, 0.00635, 1.2e-7, 0.8, 1e21, 123456.789, Number.NaN, -Infinity];
  expect(numbers.map(formatNumber)).toEqual([
    '0',
    '17,379',
    '−1,235',
    '0.8596',
    '0.00635',
    '1.2e-7',
    '0.8',
    '1.0e+21',
    '123,457',
    '-',
    '−∞',
  ]);
});

test('shares are percent, finer where they are small', () => {
  expect([0, 1, 0.694, 0.0123, 0.0003, Number.NaN].map(formatPercent)).toEqual([
    '0 %',
    '100 %',
    '69 %',
    '1.2 %',
    '0.03 %',
    '-',
  ]);
});

test('durations have the two units that matter', () => {
  expect([850, 2_400, 200_000, 7_500_000, 356_400_000].map(formatDuration)).toEqual([
    '850 ms',
    '2.4 s',
    '3 min 20 s',
    '2 h 5 min',
    '4 d 3 h',
  ]);
});

test('sizes are in powers of 1000, times in UTC', () => {
  expect([980, 1_144_308].map(formatBytes)).toEqual(['980 B', '1.1 MB']);
  expect(formatTime(Date.UTC(2026, 10, 24, 4, 15))).toBe('2026-11-24 04:15 UTC');
});

test('a name of many lines becomes one, cut between characters', () => {
  expect(oneLine('a\n\tb')).toBe('a b');
  expect(oneLine('👍👍👍👍', 3)).toBe('👍👍…');
});
