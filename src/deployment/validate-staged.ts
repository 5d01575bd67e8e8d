import type { Column, Table } from '../data/table.ts';
import { expectedError } from '../errors/from-system.ts';
import { loadModel } from '../model/load-model.ts';
import { predictionTable } from '../model/predict.ts';

/** Largest relative difference of a golden prediction; only the order of additions may differ. */
const TOLERANCE = 1e-9;

/**
 * Proves a model where it was deployed: every file has its digest, and the rows that were stored with their predictions
 * at training time get the same predictions now.
 *
 * @returns the faults in words; empty when the model is as it was trained
 */
export async function validateStaged(directory: string): Promise<string[]> {
  try {
    const model = await loadModel(directory, { everyFile: true });
    const answers = predictionTable(model.predict(model.golden.input));
    return compare(model.golden.output, answers);
  } catch (error) {
    const expected = expectedError(error);
    if (expected === error && !(error instanceof Error && 'faults' in error)) throw error;
    return [(expected as Error).message];
  }
}

function compare(golden: Table, answers: Table): string[] {
  const faults: string[] = [];
  for (const column of golden.columns) {
    const other = answers.columns.find((c) => c.name === column.name);
    if (!other || other.kind !== column.kind) {
      faults.push(`the answers lack the column "${column.name}" of training time`);
      continue;
    }
    for (let row = 0; row < golden.nRows; row++) {
      const difference = cellDifference(column, other, row);
      if (difference) faults.push(`golden row ${row + 1}, "${column.name}": ${difference}`);
    }
  }
  return faults;
}

function cellDifference(expected: Column, actual: Column, row: number): string | undefined {
  if (expected.kind === 'categorical' && actual.kind === 'categorical') {
    const was = expected.categories[expected.codes[row]!];
    const is = actual.categories[actual.codes[row]!];
    return was === is ? undefined : `"${is}", expected "${was}"`;
  }
  if (expected.kind === 'categorical' || actual.kind === 'categorical') return 'another type than at training time';
  const was = expected.values[row]!;
  const is = actual.values[row]!;
  if (Number.isNaN(was) && Number.isNaN(is)) return undefined;
  return Math.abs(was - is) <= TOLERANCE * Math.max(1, Math.abs(was)) ? undefined : `${is}, expected ${was}`;
}
