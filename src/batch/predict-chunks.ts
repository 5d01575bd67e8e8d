import type { Column, Table } from '../data/table.ts';
import { type PredictOptions, predictBlocks } from '../forest/predict-in-threads.ts';
import { featureRows, type PredictingParts, type Predictions, predictionsOf } from '../model/predict.ts';

/** Some rows of a table and what is predicted for them. */
export interface PredictedChunk {
  readonly rows: Table;
  readonly predictions: Predictions;
  /** How long it was waited for. */
  readonly latencyMs: number;
}

/**
 * Predicts the rows of a table in several threads, and gives them chunk after chunk in their order, the first ones while the others are
 * still under way. Features are made of the whole table: those of a row may need earlier ones.
 *
 * @param size rows of a chunk; a table without rows is one chunk
 * @throws COLUMN_NOT_FOUND · what `signal` holds when it is aborted
 */
export async function* predictChunks(
  model: PredictingParts,
  table: Table,
  size: number,
  options: PredictOptions,
): AsyncGenerator<PredictedChunk> {
  let asked = performance.now();
  const features = featureRows(model, table);
  const chunk = (from: number, end: number, means: Float64Array): PredictedChunk => {
    const predictions = predictionsOf(model, sliceRows(features, from, end), means);
    return { rows: sliceRows(table, from, end), predictions, latencyMs: performance.now() - asked };
  };
  if (table.nRows === 0) yield chunk(0, 0, new Float64Array(0));
  for await (const { from, end, means } of predictBlocks(model.forest, features, size, options)) {
    yield chunk(from, end, means);
    asked = performance.now();
  }
}

/** A view of some rows. */
function sliceRows(table: Table, from: number, to: number): Table {
  const columns = table.columns.map(
    (column): Column =>
      column.kind === 'categorical'
        ? { ...column, codes: column.codes.subarray(from, to) }
        : { ...column, values: column.values.subarray(from, to) },
  );
  return { nRows: to - from, columns };
}
