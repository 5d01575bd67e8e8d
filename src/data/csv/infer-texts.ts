import type { ByteDictionary } from './byte-dictionary.ts';
import { CellParser } from './cell.ts';
import type { Codes, TextCells } from './text-cells.ts';
import type { Misfit } from './value-cells.ts';

/** What the texts of a column are as numbers or instants. */
export interface TextValues {
  readonly kind: 'numeric' | 'datetime';
  /** By code; NaN: missing or a misfit. */
  readonly values: Float64Array<ArrayBuffer>;
  readonly misfits: readonly Misfit[];
  readonly present: number;
}

/** Why texts are not numbers, in terms of the first text that speaks against it. */
export interface NotNumbers {
  readonly example: Misfit;
  /** The text would not come back from a number. */
  readonly identifier: boolean;
  /** Cells that are no number; undefined: too many to go on counting. */
  readonly misfits: number | undefined;
}

/** Of so many different texts all cells are counted, so that the reason is exact. */
const COUNTED = 1000;

/**
 * The texts as numbers or instants if all cells but the tolerated share are that. Each text is looked at once, however many cells it
 * stands in.
 *
 * @param tolerance share of the cells with a value that may be something else
 */
export function valuesOfTexts(
  kind: 'numeric' | 'datetime',
  { dictionary, codes, present: cells }: TextCells,
  missing: ReadonlySet<string>,
  tolerance: number,
): TextValues | NotNumbers {
  const { bytes, spans } = dictionary.entries();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parser = new CellParser(kind, missing);
  const values = new Float64Array(dictionary.size).fill(Number.NaN);
  const bad: number[] = [];
  let identifier: number | undefined;
  let nValues = 0;
  const refuse = (misfits: number | undefined): NotNumbers => {
    const code = identifier ?? bad[0]!;
    const example = { row: dictionary.rowOf(code), text: dictionary.text(code) };
    return { example, identifier: identifier !== undefined, misfits };
  };
  for (let code = 0; code < dictionary.size; code++) {
    const start = spans[2 * code]!;
    const found = parser.parseText(buffer, start, start + spans[2 * code + 1]!);
    if (found === 'missing') continue;
    if (found === 'value') {
      values[code] = parser.value;
      nValues++;
      continue;
    }
    bad.push(code);
    if (found === 'identifier') identifier ??= code;
    // Each text stands in one cell at least.
    if (code > COUNTED && (identifier !== undefined || bad.length > tolerance * cells)) return refuse(undefined);
  }
  if (nValues === dictionary.size) return { kind, values, present: cells, misfits: [] };
  if (nValues === 0 && bad.length > 0) return refuse(cells);
  const counts = countsOf(codes, dictionary.size);
  const misfits = bad.reduce((sum, code) => sum + counts[code]!, 0);
  const present = counts.reduce((sum, count, code) => (Number.isNaN(values[code]) ? sum : sum + count), 0);
  if (identifier !== undefined || !tolerable(present, misfits, tolerance)) return refuse(misfits);
  return { kind, values, present, misfits: cellsOf(bad, dictionary, codes) };
}

/** Cells of each code. */
function countsOf(codes: Codes, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (let row = 0; row < codes.length; row++) if (codes[row] !== -1) counts[codes[row]!]!++;
  return counts;
}

/** Whether so few cells are no value that the others tell the kind. */
export function tolerable(present: number, misfits: number, tolerance: number): boolean {
  // Shares such as 0.999 are no exact doubles.
  return misfits === 0 || misfits <= tolerance * (present + misfits) * (1 + 1e-9);
}

function cellsOf(bad: readonly number[], dictionary: ByteDictionary, codes: Codes): Misfit[] {
  const texts = new Map(bad.map((code) => [code, dictionary.text(code).trim()]));
  const cells: Misfit[] = [];
  for (let row = 0; row < codes.length; row++) {
    const text = texts.get(codes[row]!);
    if (text !== undefined) cells.push({ row, text });
  }
  return cells;
}
