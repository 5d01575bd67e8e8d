import type { Forest } from '../../forest/forest.ts';

/** What a category's code (missing and unknown ones are NaN) must be to go to the true side. */
export type CategoryRule =
  | { readonly kind: 'at-most'; readonly threshold: number; readonly trueIsLeft: boolean }
  | { readonly kind: 'member'; readonly codes: readonly number[]; readonly trueIsLeft: boolean };

/**
 * The rule of a node that splits categories. A set that is all codes up to one, or all from one on, is a threshold; any other
 * one is listed, or what is not in it where that is shorter.
 */
export function categoryRule({ categoryStart, categoryBits }: Forest, node: number, nCategories: number): CategoryRule {
  const left: number[] = [];
  const right: number[] = [];
  const start = categoryStart[node]!;
  for (let code = 0; code < nCategories; code++) {
    const bit = (categoryBits[start + (code >>> 5)]! >>> (code & 31)) & 1;
    (bit === 1 ? left : right).push(code);
  }
  if (isPrefix(left)) return { kind: 'at-most', threshold: left.length - 0.5, trueIsLeft: true };
  if (isPrefix(right)) return { kind: 'at-most', threshold: right.length - 0.5, trueIsLeft: false };
  const trueIsLeft = left.length <= right.length;
  return { kind: 'member', codes: trueIsLeft ? left : right, trueIsLeft };
}

/** 0, 1, 2 … without a gap, or nothing. */
function isPrefix(codes: readonly number[]): boolean {
  return codes.length === 0 || codes.at(-1) === codes.length - 1;
}
