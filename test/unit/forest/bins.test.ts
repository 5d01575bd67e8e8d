import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISSING, MISSING_WIDE } from '../../../src/forest/binned-features.ts';
import { binFeatures } from '../../../src/forest/bins.ts';
import { numbers, table, texts } from './small-sets.ts';

describe('bins of numbers', () => {
  it('hold one value each while there are few', () => {
    const { columns, nBins, low, high } = binFeatures(table(numbers('x', [7, null, -1, 7, 0, -0])), 255);
    expect([...columns[0]!]).toEqual([2, MISSING, 0, 2, 1, 1]);
    expect(nBins[0]).toBe(3);
    expect([...low.subarray(0, 3)].map((v) => v + 0)).toEqual([-1, 0, 7]);
    expect([...high.subarray(0, 3)].map((v) => v + 0)).toEqual([-1, 0, 7]);
  });

  it('hold about equally many rows when there are many, in order, and every value is within its bin', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 2, max: 20 }),
        (cells, maxBins) => {
          const { columns, nBins, low, high } = binFeatures(table(numbers('x', cells)), maxBins);
          const bins = columns[0]!;
          const n = nBins[0]!;
          expect(n).toBeLessThanOrEqual(maxBins);
          const rows = new Int32Array(n);
          for (const [row, value] of cells.entries()) {
            const bin = bins[row]!;
            rows[bin]!++;
            expect(low[bin]! <= value && value <= high[bin]!).toBe(true);
          }
          for (let bin = 0; bin < n; bin++) {
            expect(rows[bin]).toBeGreaterThan(0);
            if (bin > 0) expect(low[bin]! > high[bin - 1]!).toBe(true);
          }
          const distinct = new Set(cells.map((v) => v + 0)).size;
          if (distinct <= maxBins) expect(n).toBe(distinct);
          else if (distinct === cells.length)
            expect(Math.max(...rows)).toBeLessThanOrEqual(Math.ceil(cells.length / maxBins) + 1);
        },
      ),
    );
  });

  it('give a value that fills more than a share a bin of its own', () => {
    const cells = [
      ...Array.from({ length: 50 }, (_, i) => i - 50),
      ...new Array<number>(900).fill(0),
      ...Array.from({ length: 50 }, (_, i) => i + 1),
    ];
    const { columns, low, high } = binFeatures(table(numbers('x', cells)), 20);
    const zero = columns[0]![500]!;
    expect([low[zero], high[zero]]).toEqual([0, 0]);
  });
});

describe('bins of categories', () => {
  it('are in the order of their names, whatever the order of rows, unused ones left out', () => {
    const column = texts('k', ['c', 'a', null, 'b', 'a']);
    const { columns, features } = binFeatures(
      table({ ...column, categories: ['c', 'a', 'b', 'unused'] } as typeof column),
      255,
    );
    expect(features).toEqual([{ name: 'k', kind: 'categorical', categories: ['a', 'b', 'c'] }]);
    expect([...columns[0]!]).toEqual([2, 0, MISSING, 1, 0]);
  });

  it('take one byte up to 255 of them and two bytes beyond, whatever their number', () => {
    for (const [count, bytes] of [
      [255, 1],
      [256, 2],
      [1_000, 2],
      [65_535, 2],
    ] as const) {
      const cells = Array.from({ length: count }, (_, i) => String(i).padStart(5, '0'));
      const column = { kind: 'categorical', name: 'k', categories: cells } as const;
      const codes = Int32Array.from({ length: count + 1 }, (_, i) => (i === count ? -1 : count - 1 - i));
      const { columns, nBins, features } = binFeatures(table({ ...column, codes }), 255);
      expect(columns[0]!.BYTES_PER_ELEMENT).toBe(bytes);
      expect([...columns[0]!]).toEqual([...codes.subarray(0, count), bytes === 1 ? MISSING : MISSING_WIDE]);
      expect(nBins[0]).toBe(count);
      expect(features).toEqual([{ name: 'k', kind: 'categorical', categories: cells }]);
    }
  });
});
