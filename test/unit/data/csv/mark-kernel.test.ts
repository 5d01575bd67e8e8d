import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MarkKernel, SLICE } from '../../../../src/data/csv/mark-kernel.ts';
import { runs } from '../../../tools/effort.ts';

const kernel = new MarkKernel();

function oneByOne(bytes: Uint8Array, from: number, to: number, delimiter: number): number[] {
  const marks: number[] = [];
  for (let at = from; at < to; at++) {
    if (bytes[at] === delimiter) marks.push(at);
    if (bytes[at] === 10) marks.push(at, at);
  }
  return marks;
}

test('finds what a loop over the bytes finds, at any place and of any length', () => {
  const byte = fc.constantFrom(10, 44, 44, 59, 9, 0, 97, 128, 138, 172, 255, 11, 45);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 100 }).chain((any) =>
        fc.record({
          bytes: fc.array(byte, { maxLength: 100 }).map((some) => Uint8Array.from([...any, ...some])),
          from: fc.nat(40),
        }),
      ),
      fc.constantFrom(44, 59, 9, 124),
      ({ bytes, from }, delimiter) => {
        const start = Math.min(from, bytes.length);
        const feeds = kernel.feeds;
        const marks = [...kernel.find(bytes, start, bytes.length, delimiter)];
        expect(marks).toEqual(oneByOne(bytes, start, bytes.length, delimiter));
        expect(kernel.feeds - feeds).toBe(bytes.subarray(start).filter((b) => b === 10).length);
      },
    ),
    { numRuns: runs(2000) },
  );
});

test('has room for a slice that is nothing but line feeds', () => {
  const bytes = new Uint8Array(SLICE + 16).fill(10);
  expect(kernel.find(bytes, 0, SLICE, 44).length).toBe(2 * SLICE);
  expect(kernel.find(bytes, 16, SLICE + 16, 44).at(-1)).toBe(SLICE + 15);
});
