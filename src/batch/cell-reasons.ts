import type { UnparsedCell } from '../data/csv/column-builder.ts';
import type { RawColumn } from '../features/fitted-features.ts';

/** Why rows with cells of another kind than the model takes are not scored, by their number from 0. */
export function reasonsOf(unparsed: readonly UnparsedCell[], inputs: readonly RawColumn[]): Map<number, string> {
  const types = new Map(inputs.map(({ name, type }) => [name, type]));
  const reasons = new Map<number, string>();
  for (const { column, row, text } of unparsed) {
    const expected = types.get(column) === 'datetime' ? 'an ISO 8601 date or instant' : 'a number';
    const reason = `"${column}" is "${text}", expected ${expected}`;
    const earlier = reasons.get(row);
    reasons.set(row, earlier === undefined ? reason : `${earlier}; ${reason}`);
  }
  return reasons;
}
