import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { xLog2 } from '../../../src/forest/logarithm.ts';
import { Random } from '../../../src/forest/random.ts';

describe('xLog2', () => {
  it('is x log₂ x to the last bits, exact for powers of two, and 0 from 0 down', () => {
    expect([0, -1, 1, 2, 0.5, 8, 1024, 2 ** -30].map(xLog2)).toEqual([0, 0, 0, 2, -0.5, 24, 10240, -30 * 2 ** -30]);
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        const expected = x * Math.log2(x);
        expect(Math.abs(xLog2(x) - expected)).toBeLessThanOrEqual(1e-15 * (Math.abs(expected) + x));
      }),
    );
    expect(xLog2(Number.MIN_VALUE)).toBeCloseTo(0, 300);
  });
});

describe('Random', () => {
  it('gives the numbers that it has always given', () => {
    const random = new Random(0);
    expect(Array.from({ length: 4 }, () => random.uint32())).toMatchInlineSnapshot(`
      [
        3809008728,
        1133695204,
        53579671,
        2891528803,
      ]
    `);
    const stream = new Random(2 ** 40 + 5, 3);
    expect(Array.from({ length: 4 }, () => stream.below(1000))).toMatchInlineSnapshot(`
      [
        332,
        174,
        541,
        836,
      ]
    `);
  });

  it('draws evenly', () => {
    const random = new Random(42, 7);
    const counts = new Int32Array(10);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += random.unit();
    expect(Math.abs(sum / 100_000 - 0.5)).toBeLessThan(0.005);
  });

  it('gives other numbers for each seed and each stream', () => {
    const firsts = [0, 1, 2 ** 32, 2 ** 33].flatMap((seed) =>
      [0, 1, 2, 3].map((stream) => new Random(seed, stream).uint32()),
    );
    expect(new Set(firsts).size).toBe(16);
  });

  it('draws different rows, ascending', () => {
    const rows = new Random(3).rowsWithout(50, 20);
    expect([...rows]).toEqual([...new Set(rows)].sort((a, b) => a - b));
    expect(rows.length).toBe(20);
    expect([...new Random(3).rowsWithout(5, 5)]).toEqual([0, 1, 2, 3, 4]);
  });
});
