import { featureSettings } from '../../../src/config/features.ts';
import type { Column, Table } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { applyOperations } from '../../../src/features/apply-operations.ts';
import { type FittedSteps, fitSteps } from '../../../src/features/fit-steps.ts';
import { Random } from '../../../src/forest/random.ts';

/** Columns from lists of cells: numbers, texts, or dates. */
export function tableOf(cells: Readonly<Record<string, readonly (number | string | Date | null)[]>>): Table {
  const columns = Object.entries(cells).map(([name, values]) => columnOf(name, values));
  return { nRows: Object.values(cells)[0]?.length ?? 0, columns };
}

function columnOf(name: string, cells: readonly (number | string | Date | null)[]): Column {
  const first = cells.find((cell) => cell !== null);
  if (typeof first === 'string') {
    const categories = [...new Set(cells.filter((cell) => typeof cell === 'string'))];
    const codes = Int32Array.from(cells, (cell) => (cell === null ? -1 : categories.indexOf(cell as string)));
    return { kind: 'categorical', name, codes, categories };
  }
  const values = Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell)));
  return first instanceof Date
    ? { kind: 'datetime', name, values }
    : { kind: 'numeric', name, values, integer: values.every(Number.isSafeInteger) };
}

/** Cells as a test writes them; instants as milliseconds. */
export function cellsOf(table: Table): Record<string, (number | string | null)[]> {
  return Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      column.kind === 'categorical'
        ? Array.from(column.codes, (code) => (code === -1 ? null : column.categories[code]!))
        : Array.from(column.values, (value) => (Number.isNaN(value) ? null : value)),
    ]),
  );
}

export interface FitOptions {
  readonly target?: Target;
  readonly time?: string;
  readonly splitByTime?: boolean;
  readonly seed?: number;
}

/** Steps as mlops.yaml has them, fitted. */
export function learn(table: Table, steps: readonly unknown[], options: FitOptions = {}): FittedSteps {
  const settings = featureSettings.parse({ steps });
  const target: Target = options.target ?? { task: 'regression', values: new Float64Array(table.nRows) };
  const { time, splitByTime = time !== undefined, seed = 0 } = options;
  return fitSteps(settings.steps, table, { target, time, splitByTime, seed });
}

/** What fitted steps make of rows. @throws Error with the faults of the steps */
export function transform(table: Table, steps: readonly unknown[], rows = table, options: FitOptions = {}): Table {
  const fitted = learn(table, steps, options);
  if (fitted.faults.length > 0) throw new Error(JSON.stringify(fitted.faults));
  const made = applyOperations(JSON.parse(JSON.stringify(fitted.operations)), rows);
  const names = new Set(fitted.table.columns.map(({ name }) => name));
  return { nRows: made.nRows, columns: made.columns.filter(({ name }) => names.has(name)) };
}

/** Rows as a shop might have them: skewed and missing numbers, few and many categories, texts and instants. */
export function shopRows(seed: number, nRows: number, options: { readonly unseen?: boolean } = {}): Table {
  const random = new Random(seed);
  const draw = <T>(make: () => T, missing = 0): (T | null)[] =>
    Array.from({ length: nRows }, () => (random.below(100) < missing ? null : make()));
  const normal = (): number => {
    const [a, b] = [random.unit() || 0.5, random.unit()];
    return Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
  };
  const shops = ['Berlin', 'São Paulo', '東京', 'Zug', 'rare 1', 'rare 2', ...(options.unseen ? ['new'] : [])];
  const words = ['red', 'Blue', 'größer', 'x', 'used', 'USED', '3rd', 'new-ish', '北京', 'snake_case'];
  return tableOf({
    price: draw(() => Math.exp(normal()) * 10, 10),
    change: draw(() => normal() * 3, 5),
    size: draw(() => random.below(8)),
    huge: draw(() => 1e9 + random.below(1000)),
    same: draw(() => 0.1),
    shop: draw(() => {
      const i = random.below(100);
      return shops[i < 60 ? i % 3 : i < 96 ? 3 : 4 + (i % (shops.length - 4))]!;
    }, 8),
    answer: draw(() => (random.below(3) === 0 ? 'yes' : 'no')),
    note: draw(
      () => Array.from({ length: random.below(5) }, () => words[random.below(words.length)]!).join(' ') || '-',
      5,
    ),
    sold: draw(() => new Date(Date.UTC(2019, 0, 1) + random.below(3 * 365 * 24 * 60) * 60_000), 5),
  });
}

/** Observations of two series in half-hours, in any order; some instants stand twice, some are missing. */
export function hourlyRows(seed: number, nRows: number): Table {
  const random = new Random(seed);
  const cell = <T>(value: T): T | null => (random.below(20) === 0 ? null : value);
  return tableOf({
    sold: Array.from({ length: nRows }, () =>
      cell(new Date(Date.UTC(2024, 1, 27) + random.below(2 * 24 * 10) * 1_800_000)),
    ),
    answer: Array.from({ length: nRows }, () => (random.below(2) === 0 ? 'yes' : 'no')),
    price: Array.from({ length: nRows }, () => cell(random.below(1000) / 7)),
  });
}
