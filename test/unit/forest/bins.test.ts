import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binFeatures, MISSING } from '../../../src/forest/bins.ts';
import { numbers, table, texts } from './small-sets.ts';

describe('bins of numbers', () => {
  it('hold one value each while there are few', () => {
    const { bins, nBins, low, high } = binFeatures(table(numbers('x', [7, null, -1, 7, 0, -0])), 255);
    expect([...bins]).toEqual([2, MISSING, 0, 2, 1, 1]);
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
          const { bins, nBins, low, high } = binFeatures(table(numbers('x', cells)), maxBins);
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
    const { bins, low, high } = binFeatures(table(numbers('x', cells)), 20);
    const zero = bins[500]!;
    expect([low[zero], high[zero]]).toEqual([0, 0]);
  });
});

describe('bins of categories', () => {
  it('are in the order of their names, whatever the order of rows, unused ones left out', () => {
    const column = texts('k', ['c', 'a', null, 'b', 'a']);
    const { bins, features } = binFeatures(
      table({ ...column, categories: ['c', 'a', 'b', 'unused'] } as typeof column),
      255,
    );
    expect(features).toEqual([{ name: 'k', kind: 'categorical', categories: ['a', 'b', 'c'] }]);
    expect([...bins]).toEqual([2, 0, MISSING, 1, 0]);
  });

  it('beyond the 255 most frequent count as missing', () => {
    const cells = Array.from({ length: 600 }, (_, i) => `k${String(i % 300).padStart(3, '0')}`);
    const { bins, nBins, features } = binFeatures(table(texts('k', [...cells, 'k299', 'k298'])), 255);
    expect(nBins[0]).toBe(255);
    const kept = features[0] as Extract<(typeof features)[number], { kind: 'categorical' }>;
    expect(kept.categories.slice(-3)).toEqual(['k252', 'k298', 'k299']);
    expect(bins[299]).toBe(254);
    expect(bins[260]).toBe(MISSING);
  });
});
