import type { SelectSettings } from '../config/features.ts';
import { type NumericColumn, selectColumns, type Table, takeRows } from '../data/table.ts';
import { type Target, takeTarget } from '../data/target.ts';
import type { FittedFeatures } from '../features/fitted-features.ts';
import { keepFeatures } from '../features/pipeline.ts';
import { correlationOf, unitRanks } from '../features/rank-correlation.ts';
import { shuffledFolds } from '../features/shuffled-folds.ts';
import type { ForestParams } from '../forest/engine.ts';
import { fitForest } from '../forest/fit.ts';
import { permutationImportances } from '../forest/permutation-importances.ts';
import { formatNumber } from '../reports/format.ts';

const TREES = 50;
const REPEATS = 3;
/** Of four parts of the training rows the forest of the selection learns from three. */
const PARTS = 4;
/** More rows make ranks and importances hardly sharper. */
const MOST_ROWS = 20_000;

export interface Selection {
  readonly settings: SelectSettings;
  readonly fitted: FittedFeatures;
  /** Of the training rows, and their target. */
  readonly features: Table;
  readonly target: Target;
  readonly params: ForestParams;
  /** When each row happened, where evaluation rows come later: the last rows then tell what is needed. */
  readonly times: Float64Array | undefined;
  readonly nJobs: number;
  readonly signal: AbortSignal;
}

/**
 * Leaves out features that repeat a more important one, then those without which a forest predicts as well, on training rows alone.
 * The most important one always stays.
 */
export async function selectFeatures(selection: Selection): Promise<{ fitted: FittedFeatures; features: Table }> {
  const { settings, fitted, features } = selection;
  const dropped = new Map<string, string>();
  const left = (): Table =>
    selectColumns(
      features,
      fitted.outputs.filter((name) => !dropped.has(name)),
    );
  const { 'max-correlation': mostCorrelated, 'min-importance': least } = settings;
  const first = await importances(selection, left());
  if (mostCorrelated !== null) {
    for (const { name, like, correlation } of repeated(first, features, mostCorrelated)) {
      const rounded = formatNumber(correlation);
      dropped.set(
        name,
        `its ranks are correlated ${rounded} with "${like}", which is more important (features.select)`,
      );
    }
  }
  if (least !== null) {
    const second = dropped.size === 0 ? first : await importances(selection, left());
    for (const { name, share } of second.slice(1)) {
      if (share > 0 && share >= least) continue;
      dropped.set(name, `${formatNumber(100 * share)} % of the importance of all features (features.select)`);
    }
  }
  return { fitted: keepFeatures(fitted, dropped), features: left() };
}

interface Share {
  readonly name: string;
  /** Of the growth of the loss by shuffling each feature; 0 where it does not grow. */
  readonly share: number;
}

/** The most important first. */
async function importances(selection: Selection, features: Table): Promise<Share[]> {
  const { target, params, times, nJobs, signal } = selection;
  const { learn, ask } = parts(target, times, params.randomState);
  const nEstimators = Math.min(TREES, params.nEstimators);
  const part = (rows: Int32Array) => ({ features: takeRows(features, rows), target: takeTarget(target, rows) });
  const forest = await fitForest(part(learn), { ...params, nEstimators }, { nJobs, signal });
  const measured = permutationImportances(forest, part(ask), { seed: params.randomState, repeats: REPEATS });
  const total = measured.reduce((sum, { mean }) => sum + Math.max(0, mean), 0);
  return measured
    .map(({ feature, mean }) => ({ name: feature, share: total === 0 ? 0 : Math.max(0, mean) / total }))
    .sort((a, b) => b.share - a.share);
}

function parts(target: Target, times: Float64Array | undefined, seed: number): { learn: Int32Array; ask: Int32Array } {
  const nRows = target.task === 'regression' ? target.values.length : target.codes.length;
  const rows = Int32Array.from({ length: nRows }, (_, row) => row);
  if (times) {
    rows.sort((a, b) => times[a]! - times[b]! || a - b);
    const cut = Math.floor((nRows * (PARTS - 1)) / PARTS);
    return { learn: rows.slice(0, cut).sort(), ask: spread(rows.slice(cut).sort()) };
  }
  const folds = shuffledFolds(target, PARTS, seed);
  return { learn: rows.filter((row) => folds[row] !== 0), ask: spread(rows.filter((row) => folds[row] === 0)) };
}

function spread(rows: Int32Array): Int32Array {
  const step = Math.ceil(rows.length / MOST_ROWS);
  return step <= 1 ? rows : rows.filter((_, i) => i % step === 0);
}

interface Repeated {
  readonly name: string;
  readonly like: string;
  readonly correlation: number;
}

/** Number features that are correlated with a more important one that stays. */
function repeated(ranked: readonly Share[], features: Table, most: number): Repeated[] {
  const rows = spread(Int32Array.from({ length: features.nRows }, (_, row) => row));
  const byName = new Map(takeRows(features, rows).columns.map((column) => [column.name, column]));
  const kept: { name: string; ranks: Float64Array }[] = [];
  const found: Repeated[] = [];
  for (const { name } of ranked) {
    const column = byName.get(name);
    if (column?.kind !== 'numeric') continue;
    const ranks = unitRanks((column as NumericColumn).values);
    const like = kept.find((other) => Math.abs(correlationOf(other.ranks, ranks)) > most);
    if (like) found.push({ name, like: like.name, correlation: correlationOf(like.ranks, ranks) });
    else kept.push({ name, ranks });
  }
  return found;
}
