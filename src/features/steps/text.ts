import { z } from 'zod';
import type { Column } from '../../data/table.ts';
import { chooseColumns } from '../choose-columns.ts';
import { mapTexts, textsOf } from '../column-cells.ts';
import { murmurHash3 } from '../murmur-hash.ts';
import type { LearnedOperation, StepKind } from '../step-kind.ts';

const WORD = /[\p{L}\p{N}_]{2,}/gu;

const state = z.strictObject({
  length: z.boolean(),
  words: z.boolean(),
  flags: z.array(z.strictObject({ name: z.string(), regex: z.string() })),
  /** Number of counts; 0: none. */
  hash: z.number(),
});

export type TextState = z.output<typeof state>;

/** Numbers out of texts, computed once a text; missing cells stay missing. Outputs in the order of the state. */
export const text: StepKind<'text', TextState> = {
  state,
  fit(settings, context) {
    const { length, words, flags, hash = 0 } = settings;
    const learned = { length, words, flags: Object.entries(flags).map(([name, regex]) => ({ name, regex })), hash };
    if (!length && !words && learned.flags.length === 0 && hash === 0) {
      context.fault([], 'asks for nothing: set length, words, flags or hash');
    }
    const columns = chooseColumns(settings, context, ['categorical']);
    const operations = columns.map(({ name }): LearnedOperation<TextState> => {
      const outputs = [
        ...(length ? [`${name}.length`] : []),
        ...(words ? [`${name}.words`] : []),
        ...learned.flags.map((flag) => `${name}.${flag.name}`),
        ...Array.from({ length: hash }, (_, i) => `${name}.hash${i}`),
      ];
      return { inputs: [name], outputs, state: learned };
    });
    return { operations, removed: settings.keep ? [] : columns.map(({ name }) => name) };
  },
  apply({ state: { length, words, flags, hash }, outputs }, [column]) {
    const made: Column[] = [];
    const add = (map: (text: string) => number): void => {
      made.push(mapTexts(outputs[made.length]!, column!, map));
    };
    if (length) add((cell) => [...cell].length);
    if (words) add((cell) => cell.match(/\S+/g)?.length ?? 0);
    for (const { regex } of flags) {
      const pattern = new RegExp(regex, 'u');
      add((cell) => Number(pattern.test(cell)));
    }
    if (hash > 0) made.push(...hashedCounts(column!, hash, outputs.slice(made.length)));
    return made;
  },
};

/**
 * Words of two and more letters, in lower case, counted by their hash; half of the words count negatively, so that collisions cancel
 * out on average.
 *
 * Source  Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning
 */
function hashedCounts(column: Column, width: number, names: readonly string[]): Column[] {
  const { codes, categories } = textsOf(column);
  const ofCode = new Map<number, Float64Array>();
  const counts = names.map(() => new Float64Array(codes.length));
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code === -1) {
      for (const count of counts) count[row] = Number.NaN;
      continue;
    }
    let own = ofCode.get(code);
    if (!own) ofCode.set(code, (own = countWords(categories[code]!, width)));
    for (let i = 0; i < width; i++) counts[i]![row] = own[i]!;
  }
  return counts.map((values, i): Column => ({ kind: 'numeric', name: names[i]!, values, integer: true }));
}

function countWords(cell: string, width: number): Float64Array {
  const counts = new Float64Array(width);
  for (const word of cell.toLowerCase().match(WORD) ?? []) {
    const hash = murmurHash3(word);
    counts[Math.abs(hash) % width]! += hash >= 0 ? 1 : -1;
  }
  return counts;
}
