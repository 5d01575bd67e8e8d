import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Column, Table } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { mustRun } from '../../tools/run-program.ts';

/** `case.json`: what is in `table.bin`, whose columns stand one after another in 64 bits, the target last. */
export interface CaseFile {
  readonly name: string;
  readonly rows: number;
  /** So many rows are learned, those after them are predicted. */
  readonly train: number;
  /** Class labels; null for regression. */
  readonly classes: readonly string[] | null;
  /** A column with categories holds their numbers; a missing cell is NaN. */
  readonly columns: readonly { readonly name: string; readonly categories: readonly string[] | null }[];
}

/** Writes Adult, the bike rentals and one generated table for each shape. @returns the folders of the cases */
export async function writeCases(python: string, folder: string, shapes: readonly Shape[]): Promise<string[]> {
  const generated = shapes.map((shape) => ({ ...shape, folder: join(folder, `${shape.rows}x${shape.features}`) }));
  for (const { folder } of generated) mkdirSync(folder);
  const script = join(import.meta.dirname, '../peers/forest_cases.py');
  await mustRun(python, [script, JSON.stringify(generated)]);
  return [writeCase(join(folder, 'adult'), adult()), writeCase(join(folder, 'bike'), bikeRentals())].concat(
    generated.map((shape) => shape.folder),
  );
}

/** Of a table from scikit-learn's make_classification: rows to learn, to which 10,000 to predict are added. */
export interface Shape {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
}

/** The table of a case, without copies, and its target. */
export function readCase(folder: string): { file: CaseFile; features: Table; target: Target } {
  const file = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as CaseFile;
  const bytes = readFileSync(join(folder, 'table.bin'));
  const all = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  const cells = (f: number): Float64Array => all.subarray(f * file.rows, (f + 1) * file.rows);
  const columns = file.columns.map(
    ({ name, categories }, f): Column =>
      categories === null
        ? { kind: 'numeric', name, values: cells(f), integer: false }
        : {
            kind: 'categorical',
            name,
            codes: Int32Array.from(cells(f), (v) => (Number.isNaN(v) ? -1 : v)),
            categories,
          },
  );
  const answers = cells(file.columns.length);
  const target: Target =
    file.classes === null
      ? { task: 'regression', values: answers }
      : { task: 'classification', classes: file.classes, codes: Int32Array.from(answers) };
  return { file, features: { nRows: file.rows, columns }, target };
}

interface TextCase extends Pick<CaseFile, 'name' | 'train'> {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly target: string;
  readonly leftOut: readonly string[];
  readonly categorical: readonly string[];
}

function writeCase(folder: string, text: TextCase): string {
  const at = (name: string): number => text.header.indexOf(name);
  const texts = (name: string): string[] => text.rows.map((row) => row[at(name)]!);
  const labels = (name: string): string[] => [...new Set(texts(name).filter((cell) => cell !== ''))].sort();
  const names = text.header.filter((name) => name !== text.target && !text.leftOut.includes(name));
  const columns = names.map((name) => ({ name, categories: text.categorical.includes(name) ? labels(name) : null }));
  const classes = text.categorical.includes(text.target) ? labels(text.target) : null;
  const { name, train, rows } = text;
  const file: CaseFile = { name, train, rows: rows.length, classes, columns };
  const all = new Float64Array((columns.length + 1) * rows.length);
  for (const [f, column] of [...columns, { name: text.target, categories: classes }].entries()) {
    const codes = column.categories && new Map(column.categories.map((label, code) => [label, code]));
    const number = (cell: string): number => (cell === '' ? Number.NaN : codes ? codes.get(cell)! : Number(cell));
    all.set(texts(column.name).map(number), f * rows.length);
  }
  mkdirSync(folder);
  writeFileSync(join(folder, 'table.bin'), new Uint8Array(all.buffer));
  writeFileSync(join(folder, 'case.json'), JSON.stringify(file));
  return folder;
}

function adult(): TextCase {
  const parts = ['train', 'test'].map((part) =>
    lines(gunzipSync(readFileSync(join(import.meta.dirname, `../data/adult_${part}.csv.gz`))).toString()),
  );
  const [[header], train, test] = [parts[0]!, parts[0]!.slice(1), parts[1]!.slice(1)] as const;
  const categorical = 'workclass,education,marital_status,occupation,relationship,race,sex,native_country,income';
  return {
    name: 'Adult',
    train: train.length,
    header: header!,
    rows: [...train, ...test],
    target: 'income',
    leftOut: [],
    categorical: categorical.split(','),
  };
}

function bikeRentals(): TextCase {
  const file = join(import.meta.dirname, '../../../examples/bike-sharing/bike-sharing-hourly.csv');
  const [header, ...rows] = lines(readFileSync(file, 'utf8'));
  const leftOut = ['instant', 'dteday', 'casual', 'registered'];
  return { name: 'bike rentals', train: 13_900, header: header!, rows, target: 'cnt', leftOut, categorical: [] };
}

/** Neither table has quoted fields. */
function lines(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
}
