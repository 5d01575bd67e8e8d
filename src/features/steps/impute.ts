import { z } from 'zod';
import type { StepSettings } from '../../config/feature-steps.ts';
import { type Column, isMissing, type NumericColumn } from '../../data/table.ts';
import { countCategories } from '../categories.ts';
import { chooseColumns } from '../choose-columns.ts';
import { presentNumbers } from '../column-cells.ts';
import { meanAndVariance, quantiles } from '../statistics.ts';
import type { LearnedOperation, StepKind } from '../step-kind.ts';

const state = z.strictObject({ fill: z.union([z.number(), z.string()]), indicator: z.boolean() });

export type ImputeState = z.output<typeof state>;

/** Missing cells become one value; the indicator is made of the cells before. A column without any value is left as it is. */
export const impute: StepKind<'impute', ImputeState> = {
  state,
  fit(settings, context) {
    const { strategy, indicator, suffix } = settings;
    const ofNumbers = strategy === 'median' || strategy === 'mean';
    const columns: Column[] = ofNumbers
      ? chooseColumns(settings, context, ['numeric'])
      : chooseColumns(settings, context, ['numeric', 'categorical']);
    if (strategy === 'constant') checkValue(settings, columns, context.fault);
    const operations: LearnedOperation<ImputeState>[] = [];
    for (const column of columns) {
      const fill = strategy === 'constant' ? settings.value : learnFill(column, strategy);
      if (fill === undefined) continue;
      const outputs = [column.name + suffix, ...(indicator ? [`${column.name}.missing`] : [])];
      operations.push({ inputs: [column.name], outputs, state: { fill, indicator } });
    }
    return { operations };
  },
  apply({ state: { fill, indicator }, outputs }, [column], { nRows }) {
    const filled = { ...fillCells(column!, fill), name: outputs[0]! };
    if (!indicator) return [filled];
    const values = new Float64Array(nRows);
    for (let row = 0; row < nRows; row++) if (isMissing(column!, row)) values[row] = 1;
    return [filled, { kind: 'numeric', name: outputs[1]!, values, integer: true }];
  },
};

function checkValue(
  { value }: StepSettings<'impute'>,
  columns: readonly Column[],
  fault: (path: string[], problem: string) => void,
): void {
  if (value === undefined) {
    fault(['value'], 'is missing, expected what "constant" puts in');
    return;
  }
  for (const { name, kind } of columns) {
    const fits = kind === 'numeric' ? Number.isFinite(value) : typeof value === 'string' && value !== '';
    if (fits) continue;
    const expected = kind === 'numeric' ? 'a number' : 'a text that is not empty';
    fault(['value'], `is ${JSON.stringify(value)}, expected ${expected} for the column "${name}"`);
  }
}

function learnFill(column: Column, strategy: 'median' | 'mean' | 'most-frequent'): number | string | undefined {
  if (strategy === 'most-frequent') {
    const { categories, counts } = countCategories(column);
    let best = 0;
    for (let i = 1; i < counts.length; i++) if (counts[i]! > counts[best]!) best = i;
    return categories[best];
  }
  const present = presentNumbers(column);
  if (present.length === 0) return undefined;
  return strategy === 'mean' ? meanAndVariance(present).mean : quantiles(present, [0.5])[0];
}

function fillCells(column: Column, fill: number | string): Column {
  if (column.kind === 'categorical') {
    const known = column.categories.indexOf(String(fill));
    const categories = known === -1 ? [...column.categories, String(fill)] : column.categories;
    const code = known === -1 ? column.categories.length : known;
    return { ...column, categories, codes: column.codes.map((cell) => (cell === -1 ? code : cell)) };
  }
  const { values } = column;
  const filled = new Float64Array(values.length);
  const filler = Number(fill);
  for (let row = 0; row < values.length; row++) filled[row] = Number.isNaN(values[row]) ? filler : values[row]!;
  return { ...(column as NumericColumn), values: filled };
}
