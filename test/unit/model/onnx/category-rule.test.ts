import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Forest } from '../../../../src/forest/forest.ts';
import { categoryRule } from '../../../../src/model/onnx/category-rule.ts';

/** A forest of which only the set of node 1 matters; the words before it belong to others. */
function forestWith(isLeft: readonly boolean[]): Forest {
  const bits = new Uint32Array(1 + Math.ceil(isLeft.length / 32)).fill(0);
  bits[0] = 0xffffffff;
  for (const [code, left] of isLeft.entries()) if (left) bits[1 + (code >>> 5)]! |= 1 << (code & 31);
  return { categoryStart: Int32Array.of(0, 1), categoryBits: bits } as unknown as Forest;
}

it('a set of categories is told by a threshold or by the shorter of two lists', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 260 }), (isLeft) => {
      const rule = categoryRule(forestWith(isLeft), 1, isLeft.length);
      const goesTrue = (code: number): boolean =>
        rule.kind === 'at-most' ? code <= rule.threshold : rule.codes.includes(code);
      expect(isLeft.map((_, code) => goesTrue(code) === rule.trueIsLeft)).toEqual(isLeft);
      if (rule.kind === 'member') expect(rule.codes.length).toBeLessThanOrEqual(isLeft.length / 2);
    }),
  );
});

it.each([
  ['nothing', [false, false, false], { kind: 'at-most', threshold: -0.5, trueIsLeft: true }],
  ['everything', [true, true, true], { kind: 'at-most', threshold: 2.5, trueIsLeft: true }],
  ['the first ones', [true, true, false], { kind: 'at-most', threshold: 1.5, trueIsLeft: true }],
  ['the last ones', [false, true, true], { kind: 'at-most', threshold: 0.5, trueIsLeft: false }],
  ['one in the middle', [false, true, false], { kind: 'member', codes: [1], trueIsLeft: true }],
  ['all but one', [true, false, true], { kind: 'member', codes: [1], trueIsLeft: false }],
])('a set of %s', (_, isLeft, rule) => {
  expect(categoryRule(forestWith(isLeft), 1, isLeft.length)).toEqual(rule);
});
