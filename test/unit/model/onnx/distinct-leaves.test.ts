import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Forest } from '../../../../src/forest/forest.ts';
import { distinctLeaves } from '../../../../src/model/onnx/distinct-leaves.ts';
import { runs } from '../../../tools/effort.ts';

const number = fc.oneof(fc.constantFrom(0, -0, 1, 1 / 3, 0.5), fc.double({ noNaN: true }));

it('every leaf finds its own numbers again, bit by bit, and no two are the same', () => {
  const nodes = fc.integer({ min: 1, max: 3 }).chain((outputs) =>
    fc.array(fc.tuple(fc.boolean(), fc.tuple(...Array.from({ length: outputs }, () => number))), {
      minLength: 1,
      maxLength: 3000,
      size: 'max',
    }),
  );
  fc.assert(
    fc.property(nodes, (given) => {
      const outputs = given[0]![1].length;
      const feature = Int32Array.from(given, ([isLeaf]) => (isLeaf ? -1 : 0));
      const value = Float64Array.from(given.flatMap(([, numbers]) => numbers as number[]));
      const { count, values, ofNode } = distinctLeaves({ outputs, feature, value } as unknown as Forest);
      const hex = (numbers: Float64Array, row: number): string =>
        Buffer.from(numbers.slice(row * outputs, (row + 1) * outputs).buffer).toString('hex');
      const distinct = Array.from({ length: count }, (_, leaf) => hex(values, leaf));
      expect(new Set(distinct).size).toBe(count);
      expect(values.length).toBe(count * outputs);
      for (const [node, leaf] of ofNode.entries()) {
        if (feature[node] === 0) expect(leaf).toBe(-1);
        else expect(distinct[leaf]).toBe(hex(value, node));
      }
    }),
    { numRuns: runs(20) },
  );
});
