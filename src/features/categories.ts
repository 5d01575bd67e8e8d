import type { Column } from '../data/table.ts';
import { numbersOf } from './column-cells.ts';

/** A text, or a number of a numeric column: there 1 and 01 are the same category. */
export type Category = string | number;

/** Codes of cells that have no place in a list of categories. */
export const MISSING = -1;
export const UNKNOWN = -2;

export interface CountedCategories {
  /** Ascending; texts by their code units. */
  readonly categories: Category[];
  /** Rows of each. */
  readonly counts: number[];
  readonly missing: number;
}

/** The categories that stand in a column. */
export function countCategories(column: Column): CountedCategories {
  const counts = new Map<Category, number>();
  if (column.kind === 'categorical') {
    const ofCode = new Float64Array(column.categories.length);
    const { codes } = column;
    for (let row = 0; row < codes.length; row++) if (codes[row] !== -1) ofCode[codes[row]!]! += 1;
    for (const [code, count] of ofCode.entries()) if (count > 0) counts.set(column.categories[code]!, count);
  } else {
    countNumbers(column.values, counts);
  }
  const categories =
    column.kind === 'categorical'
      ? ([...counts.keys()] as string[]).sort()
      : [...Float64Array.from(counts.keys() as Iterable<number>).sort()];
  const countOf = categories.map((category) => counts.get(category)!);
  const present = countOf.reduce((sum, count) => sum + count, 0);
  const nRows = column.kind === 'categorical' ? column.codes.length : column.values.length;
  return {
    // A category -0 would not survive JSON.
    categories: categories.map((category) => (category === 0 ? 0 : category)),
    counts: countOf,
    missing: nRows - present,
  };
}

/** Whole numbers from 0 up to this are counted and found without hashing. */
const SMALL = 4096;

function countNumbers(values: Float64Array, counts: Map<Category, number>): void {
  const small = new Float64Array(SMALL);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value >= 0 && value < SMALL && (value | 0) === value) small[value | 0]! += 1;
    else if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  for (let value = 0; value < SMALL; value++) if (small[value]! > 0) counts.set(value, small[value]!);
}

/** The place of each cell's category in the list, MISSING or UNKNOWN. */
export function categoryCodes(column: Column, categories: readonly Category[]): Int32Array {
  const place = placesOf(categories);
  if (column.kind === 'categorical') {
    const { codes, categories: texts } = column;
    const ofCode = new Int32Array(texts.length).fill(UNKNOWN);
    // Few rows look up their own texts; many have most of the dictionary among them.
    if (codes.length < texts.length) for (const code of codes) ofCode[code] = place.all.get(texts[code]!) ?? UNKNOWN;
    else for (let code = 0; code < texts.length; code++) ofCode[code] = place.all.get(texts[code]!) ?? UNKNOWN;
    const found = new Int32Array(codes.length);
    for (let row = 0; row < codes.length; row++) found[row] = codes[row] === -1 ? MISSING : ofCode[codes[row]!]!;
    return found;
  }
  const values = numbersOf(column);
  const found = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value >= 0 && value < SMALL && (value | 0) === value) found[row] = place.small[value | 0]!;
    else found[row] = Number.isNaN(value) ? MISSING : (place.all.get(value) ?? UNKNOWN);
  }
  return found;
}

/** A number for each cell out of one for each category; `missing` and `unknown` for the others. */
export function categoryNumbers(
  column: Column,
  { categories, values }: { readonly categories: readonly Category[]; readonly values: readonly number[] },
  others: { readonly missing: number; readonly unknown: number },
): Float64Array {
  const codes = categoryCodes(column, categories);
  const numbers = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    numbers[row] = code >= 0 ? values[code]! : code === MISSING ? others.missing : others.unknown;
  }
  return numbers;
}

interface Places {
  readonly all: ReadonlyMap<Category, number>;
  /** Of the small whole numbers. */
  readonly small: Int32Array;
}

const known = new WeakMap<readonly Category[], Places>();

/** Kept with the state of the model: a request of one row must not build it again. */
function placesOf(categories: readonly Category[]): Places {
  let places = known.get(categories);
  if (!places) {
    const all = new Map(categories.map((category, place) => [category, place]));
    const numeric = typeof categories[0] === 'number';
    const small = Int32Array.from({ length: numeric ? SMALL : 0 }, (_, value) => all.get(value) ?? UNKNOWN);
    places = { all, small };
    known.set(categories, places);
  }
  return places;
}
