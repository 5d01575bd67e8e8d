import type { CategoricalColumn, Column, NumericColumn } from '../data/table.ts';

/** A column of numbers; what is not finite is missing. Takes the array as its own. */
export function numericColumn(name: string, values: Float64Array): NumericColumn {
  for (let row = 0; row < values.length; row++) values[row] = finite(values[row]!);
  return { kind: 'numeric', name, values, integer: false };
}

/** A number, or NaN in place of an infinite one. */
export function finite(value: number): number {
  return value - value === 0 ? value : Number.NaN;
}

/** The numbers of a column, each mapped; a missing one stays missing when `map` gives NaN for NaN. */
export function mapNumbers(name: string, column: Column, map: (value: number) => number): NumericColumn {
  const from = numbersOf(column);
  const values = new Float64Array(from.length);
  for (let row = 0; row < from.length; row++) values[row] = finite(map(from[row]!));
  return { kind: 'numeric', name, values, integer: false };
}

/** A number for each text, computed once a category; `missing` for missing cells. */
export function mapTexts(
  name: string,
  column: Column,
  map: (text: string) => number,
  missing = Number.NaN,
): NumericColumn {
  const { codes, categories } = textsOf(column);
  const ofCode = new Float64Array(categories.length).fill(Number.NaN);
  const isKnown = new Uint8Array(categories.length);
  const values = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code === -1) {
      values[row] = missing;
      continue;
    }
    // A dictionary may hold many more texts than these rows.
    if (isKnown[code] === 0) {
      isKnown[code] = 1;
      ofCode[code] = map(categories[code]!);
    }
    values[row] = ofCode[code]!;
  }
  return { kind: 'numeric', name, values, integer: false };
}

export function numbersOf(column: Column): Float64Array {
  if (column.kind === 'categorical') throw new TypeError(`"${column.name}" must hold numbers`);
  return column.values;
}

export function textsOf(column: Column): CategoricalColumn {
  if (column.kind !== 'categorical') throw new TypeError(`"${column.name}" must hold texts`);
  return column;
}

/** The numbers that are there, in the order of the rows. */
export function presentNumbers(column: Column): Float64Array {
  const values = numbersOf(column);
  const present = new Float64Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  return present.subarray(0, count);
}
