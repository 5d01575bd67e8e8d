import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { forestParams } from '../../src/commands/forest-params.ts';
import { featureSettings } from '../../src/config/features.ts';
import { modelSettings } from '../../src/config/model-settings.ts';
import type { Candidate } from '../../src/config/search-space.ts';
import { type Fold, type FoldMethod, makeFolds } from '../../src/data/folds.ts';
import type { Column, Table } from '../../src/data/table.ts';
import type { Target } from '../../src/data/target.ts';
import { Random } from '../../src/forest/random.ts';
import { gridCandidates } from '../../src/search/candidates.ts';
import { CrossValidation } from '../../src/search/cross-validation.ts';
import { type HalvingSchedule, halvingRounds } from '../../src/search/halving.ts';
import { meanAndStd } from '../../src/search/run-search.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

interface GridCase {
  readonly name: string;
  readonly method: FoldMethod;
  readonly table: Table;
  readonly x: readonly number[][];
  readonly y: readonly number[];
  readonly target: Target;
  /** Ours and scikit-learn's, which has losses negated. */
  readonly metric: string;
  readonly scoring: string;
  readonly sign: 1 | -1;
}

interface HalvingCase {
  readonly resource: 'rows' | 'n-estimators';
  readonly candidates: number;
  readonly factor: number;
  readonly min: number | 'exhaust' | 'smallest';
  readonly max: number;
  readonly rows: number;
  readonly folds: number;
}

interface Answers {
  readonly grids: { params: Record<string, unknown>[]; folds: number[][]; mean: number[]; std: number[] }[];
  readonly halvings: ([candidates: number, resources: number][] | null)[];
}

const ROWS = 320;
const FOLDS = 4;
const random = new Random(9);
const normal = (): number => Array.from({ length: 12 }, () => random.unit()).reduce((sum, u) => sum + u, -6);

/** Fewer rows than bins: every split point is there; shallow trees: no two best splits are equally good. */
function gridCase(
  name: string,
  method: FoldMethod,
  classes: number,
  scored: Pick<GridCase, 'metric' | 'scoring' | 'sign'>,
): GridCase {
  const x = Array.from({ length: ROWS }, () => Array.from({ length: 4 }, () => Math.fround(normal())));
  const value = x.map((row) => row[0]! * 2 + (row[1]! > 0 ? 1.5 : 0) * row[2]! + normal());
  const y = classes === 0 ? value : value.map((v) => Math.max(0, Math.min(classes - 1, Math.floor(v + classes / 2))));
  const numeric = (label: string, values: readonly number[]): Column => ({
    ...{ kind: 'numeric', name: label, integer: false, values: Float64Array.from(values) },
  });
  const target: Target =
    classes === 0
      ? { task: 'regression', values: Float64Array.from(y) }
      : {
          task: 'classification',
          classes: Array.from({ length: classes }, (_, k) => String(k)),
          codes: Int32Array.from(y),
        };
  const columns = x[0]!.map((_, f) =>
    numeric(
      `f${f}`,
      x.map((row) => row[f]!),
    ),
  );
  columns.push(
    numeric(
      'group',
      x.map((_, i) => i % 23),
    ),
    numeric(
      'time',
      x.map((_, i) => i),
    ),
  );
  return { name, method, table: { nRows: ROWS, columns }, x, y, target, ...scored };
}

const GRIDS = [
  gridCase('regression by k-fold', 'k-fold', 0, { metric: 'r2', scoring: 'r2', sign: 1 }),
  gridCase('regression by time', 'time', 0, { metric: 'rmse', scoring: 'neg_root_mean_squared_error', sign: -1 }),
  gridCase('two classes, stratified', 'stratified', 2, { metric: 'roc_auc', scoring: 'roc_auc', sign: 1 }),
  gridCase('three classes by group', 'group', 3, { metric: 'accuracy', scoring: 'accuracy', sign: 1 }),
];
const SPACE = { 'max-depth': [1, 2], 'min-samples-leaf': [8, 20, 30] };
const MODEL = modelSettings.parse({ 'n-estimators': 2, bootstrap: false, 'max-features': 'all' });

function foldsOf({ method, table, target }: GridCase): Fold[] {
  const columns = ['f0', 'f1', 'f2', 'f3'];
  return makeFolds(table, { method, folds: FOLDS, target, seed: 3, columns, group: 'group', time: 'time' });
}

/** Each candidate's score on each fold. */
async function scores(of: GridCase, candidates: readonly Candidate[]): Promise<number[][]> {
  const validation = new CrossValidation({
    rows: { nRows: ROWS, columns: of.table.columns.slice(0, 4) },
    ...{
      target: of.target,
      folds: foldsOf(of),
      features: featureSettings.parse({}),
      splitByTime: of.method === 'time',
    },
    ...{ seed: 0, engine: 'native', nJobs: 1 },
  });
  const found: number[][] = [];
  for (const candidate of candidates) {
    const params = forestParams({ ...MODEL, ...candidate }, of.target.task);
    const row: number[] = [];
    for (let fold = 0; fold < FOLDS; fold++) {
      const { metrics } = await validation.scoreFold(fold, params, 1, new AbortController().signal);
      row.push(metrics[of.metric]!);
    }
    found.push(row);
  }
  return found;
}

function halvingCases(): HalvingCase[] {
  const variants = [
    { resource: 'n-estimators', min: 'exhaust', max: 100, rows: 20 },
    { resource: 'n-estimators', min: 'smallest', max: 100, rows: 20 },
    { resource: 'n-estimators', min: 7, max: 100, rows: 20 },
    { resource: 'rows', min: 'exhaust', max: 500, rows: 500 },
    { resource: 'rows', min: 'smallest', max: 90, rows: 100 },
  ] as const;
  // At 243 = 3^5 the quotient of logarithms is a little below 5.
  const candidates = [
    [1, 3],
    [2, 3],
    [9, 3],
    [20, 3],
    [27, 3],
    [40, 2],
    [17, 1.5],
    [30, 2.5],
    [31, 4],
    [243, 3],
  ] as const;
  const cases = candidates.flatMap(([count, factor], i) =>
    (count === 243 ? [0] : [i, i + 2, i + 3]).map((variant) => ({
      ...variants[variant % variants.length]!,
      ...{ candidates: count, factor, folds: 2 },
    })),
  );
  return [...cases, { resource: 'rows', candidates: 9, factor: 3, min: 'smallest', max: 9, rows: 40, folds: 5 }];
}

describeWith(['python'], 'the search and scikit-learn', () => {
  const halvings = halvingCases();
  let answers: Answers;

  beforeAll(async () => {
    const grids = GRIDS.map((of) => ({
      ...{ task: of.target.task, x: of.x, y: of.y, scoring: of.scoring },
      grid: Object.fromEntries(Object.entries(SPACE).map(([name, values]) => [name.replaceAll('-', '_'), values])),
      params: { n_estimators: 2, bootstrap: false, max_features: null, random_state: 0 },
      folds: foldsOf(of).map(({ train, validation }) => ({ train: [...train], validation: [...validation] })),
    }));
    const script = join(import.meta.dirname, 'search.py');
    const input = JSON.stringify({ grids, halvings });
    answers = JSON.parse(await mustRun(await pythonPeers(), ['-W', 'ignore', script], { input }));
  });

  it.each(GRIDS.map((grid, i) => [grid.name, i] as const))('give the same scores: %s', async (_, i) => {
    const of = GRIDS[i]!;
    const theirs = answers.grids[i]!;
    const candidates = gridCandidates(SPACE);
    const named = candidates.map((c) =>
      Object.fromEntries(Object.entries(c).map(([name, v]) => [name.replaceAll('-', '_'), v])),
    );
    expect(named).toEqual(theirs.params);
    const ours = await scores(of, candidates);
    for (const [at, row] of ours.entries()) {
      const { mean, std } = meanAndStd(row);
      for (const [fold, score] of row.entries()) expect(score).toBeCloseTo(of.sign * theirs.folds[fold]![at]!, 10);
      expect(mean).toBeCloseTo(of.sign * theirs.mean[at]!, 10);
      expect(std).toBeCloseTo(theirs.std[at]!, 10);
    }
  });

  it('plan the same rounds of successive halving, and refuse the same ones', () => {
    const plan = ({ resource, candidates, factor, min, max, folds }: HalvingCase) => {
      const smallest = resource === 'rows' ? 2 * folds : 1;
      const schedule: HalvingSchedule = { candidates, factor, minResources: min, maxResources: max, smallest };
      try {
        return halvingRounds(schedule).map((round) => [round.candidates, round.resources]);
      } catch {
        return null;
      }
    };
    expect(halvings.map(plan)).toEqual(answers.halvings);
    expect(answers.halvings.filter((rounds) => rounds === null)).toHaveLength(1);
  });
});
