import type { Column } from '../data/table.ts';
import type { RawColumn } from '../features/fitted-features.ts';

/** Kinds in which the input columns of a model are read, so that new files are read as the training data were. */
export function readKinds(inputs: readonly RawColumn[]): Record<string, Column['kind']> {
  return Object.fromEntries(inputs.map((input) => [input.name, kindOf(input)]));
}

export function kindOf({ type }: RawColumn): Column['kind'] {
  if (type === 'string') return 'categorical';
  return type === 'datetime' ? 'datetime' : 'numeric';
}
