import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeForest, encodeForest } from '../../../src/forest/codec.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { runs } from '../../tools/effort.ts';
import { grow, mixedSet, numbers, regression, table } from './small-sets.ts';

const forests = await Promise.all([
  grow(mixedSet(80, 'regression'), { nEstimators: 3 }),
  grow(mixedSet(80, 'classification', 1, 2), { nEstimators: 3 }),
  grow(mixedSet(80, 'classification', 1, 5), { nEstimators: 3 }),
  grow(regression(table(numbers('x', [1, 2])), [1, 2])),
  grow(regression(table(numbers('x', [1, 1])), [1, 2])),
]);

describe('a forest as bytes', () => {
  it('comes back whole', () => {
    for (const forest of forests) {
      const bytes = encodeForest(forest);
      expect(decodeForest(bytes)).toEqual(forest);
      expect(Buffer.compare(encodeForest(decodeForest(bytes)), bytes)).toBe(0);
    }
  });

  it('is read at any offset of a larger buffer', () => {
    const bytes = encodeForest(forests[0]!);
    const larger = new Uint8Array(bytes.length + 8);
    larger.set(bytes, 3);
    expect(decodeForest(larger.subarray(3, 3 + bytes.length))).toEqual(forests[0]);
  });

  it('is refused when a byte was changed, cut off or added', () => {
    const bytes = encodeForest(forests[0]!);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        expect(() => decodeForest(damaged)).toThrow(RangeError);
      }),
      { numRuns: runs(500) },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (end) => {
        expect(() => decodeForest(bytes.subarray(0, end))).toThrow(RangeError);
      }),
    );
    expect(() => decodeForest(new Uint8Array([...bytes, ...new Uint8Array(8)]))).toThrow('its checksum differs');
    expect(() => decodeForest(new TextEncoder().encode('{"kind": "something else"}'))).toThrow(
      'does not begin with MLOPSRF1',
    );
  });

  it('is refused when its nodes lead nowhere, although it is as it was written', () => {
    const damaged = (change: (forest: Forest) => void): Uint8Array => {
      const copy = structuredClone(forests[0]!);
      change(copy);
      return encodeForest(copy);
    };
    const inner = forests[0]!.feature.findIndex((f) => f >= 0);
    const ofText = forests[0]!.feature.indexOf(2);
    expect(() => decodeForest(damaged((forest) => (forest.left[inner] = inner)))).toThrow(
      `has a node ${inner} that leads`,
    );
    expect(() => decodeForest(damaged((forest) => (forest.left[inner] = 1e6)))).toThrow('leads nowhere');
    expect(() => decodeForest(damaged((forest) => (forest.feature[inner] = 99)))).toThrow('leads nowhere');
    expect(() => decodeForest(damaged((forest) => (forest.categoryStart[ofText] = 1e6)))).toThrow('leads nowhere');
    expect(() => decodeForest(damaged((forest) => (forest.treeStart[1] = 0)))).toThrow('tree');
  });

  it('predicts the same after the way there and back', () => {
    const set = mixedSet(80, 'classification', 1, 5);
    expect(predictForest(decodeForest(encodeForest(forests[2]!)), set.features)).toEqual(
      predictForest(forests[2]!, set.features),
    );
  });
});
