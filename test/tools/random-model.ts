import { splitSettings } from '../../src/config/data-settings.ts';
import { DATETIME_PARTS } from '../../src/config/features.ts';
import type { Column, Table } from '../../src/data/table.ts';
import type { FeatureStep, FittedFeatures, RawColumn } from '../../src/features/fitted-features.ts';
import { DistinctRows } from '../../src/forest/distinct-rows.ts';
import type { Forest, ForestFeature } from '../../src/forest/forest.ts';
import { defaultParams } from '../../src/forest/params.ts';
import { Random } from '../../src/forest/random.ts';
import type { ModelInfo } from '../../src/model/model-info.ts';

export interface RandomModel {
  readonly info: ModelInfo;
  readonly features: FittedFeatures;
  readonly forest: Forest;
  /** Raw rows with missing cells, unknown categories, and numbers that lie on thresholds. */
  readonly rows: Table;
}

const ROWS = 60;
/** Names that a graph, a signature or a file format could stumble over. */
const NAMES = [
  'x',
  'prediction',
  'probability_b',
  'Add',
  'constant',
  'room temp. °C',
  'a"b\'c: {d}',
  'TreeEnsemble_1',
  '列',
];
const CLASSES = ['a', 'b', '1', 'no', 'Ünï "q"'];
const NUMBERS = [0, -0, 1, 0.1, -2.5, 3, 1e300, -1e-300, 5e-324, 2 ** 53 - 1];
const CATEGORY_COUNTS = [1, 2, 3, 8, 31, 32, 33, 70, 254];
const DAY_MS = 86_400_000;

/** A forest that nobody trained: any splits, any leaves. The same seed gives the same model. */
export function randomModel(seed: number): RandomModel {
  const dice = new Dice(seed);
  const inputs: RawColumn[] = [];
  const steps: FeatureStep[] = [];
  const features: ForestFeature[] = [];
  const columns: Column[] = [];
  for (const name of dice.some(NAMES, 5)) {
    const type = dice.one(['double', 'long', 'string', 'string', 'datetime'] as const);
    const required = type === 'long' || dice.chance(0.3);
    inputs.push({ name, type, required });
    if (type === 'datetime') {
      columns.push({
        kind: 'datetime',
        name,
        values: cells(() => (required ? dice.instant() : dice.maybe(dice.instant()))),
      });
      for (const part of dice.some(DATETIME_PARTS, 3)) {
        steps.push({ kind: 'datetime-part', column: name, part, output: `${name}.${part}` });
        features.push({ name: `${name}.${part}`, kind: 'numeric' });
      }
      continue;
    }
    steps.push({ kind: 'keep', column: name, output: name });
    if (type === 'string') {
      const categories = Array.from(
        { length: dice.one(CATEGORY_COUNTS) },
        (_, code) => `${dice.one(['c', 'Ä ', '"', ' '])}${code}`,
      );
      features.push({ name, kind: 'categorical', categories });
      const texts = [...categories, 'unknown', 'UNKNOWN'];
      const codes = Int32Array.from({ length: ROWS }, () =>
        !required && dice.chance(0.2) ? -1 : dice.below(texts.length),
      );
      columns.push({ kind: 'categorical', name, categories: texts, codes });
      continue;
    }
    features.push({ name, kind: 'numeric' });
    const values = cells(() =>
      type === 'long' ? Math.trunc(dice.number() % 1e9) : required ? dice.number() : dice.maybe(dice.number()),
    );
    columns.push({ kind: 'numeric', name, values, integer: type === 'long' });
  }
  const classes = dice.chance(0.5) ? [] : dice.some(CLASSES, 5);
  if (classes.length === 1) classes.push('other');
  const task = classes.length === 0 ? 'regression' : 'classification';
  return {
    info: infoOf(task, classes),
    features: { inputs, steps, outputs: features.map(({ name }) => name), dropped: [] },
    forest: randomForest(dice, features, task === 'regression' ? 1 : classes.length),
    rows: { nRows: ROWS, columns },
  };
}

function cells(draw: () => number): Float64Array {
  return Float64Array.from({ length: ROWS }, draw);
}

class Dice extends Random {
  chance(share: number): boolean {
    return this.below(1000) < 1000 * share;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** At least one, each once. */
  some<T>(of: readonly T[], most: number): T[] {
    const rest = [...of];
    const count = 1 + this.below(Math.min(most, of.length));
    return Array.from({ length: count }, () => rest.splice(this.below(rest.length), 1)[0]!);
  }

  number(): number {
    return this.chance(0.7) ? this.one(NUMBERS) : (this.below(2 ** 20) - 2 ** 19) / 7;
  }

  maybe(value: number): number {
    return this.chance(0.2) ? Number.NaN : value;
  }

  /** 1700 … 2240, which a nanosecond timestamp of pandas can hold. */
  instant(): number {
    return (this.below(540 * 365) - 270 * 365) * DAY_MS + (this.chance(0.3) ? 0 : this.below(DAY_MS));
  }
}

function randomForest(dice: Dice, features: readonly ForestFeature[], outputs: number): Forest {
  const treeStart = [0];
  const nodes = {
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    missingLeft: [] as number[],
  };
  const categoryStart: number[] = [];
  const categoryBits: number[] = [];
  const leaf: number[] = [];
  const values = new DistinctRows(outputs);
  const leafValues = Array.from({ length: 1 + dice.below(8) }, () => leafValue(dice, outputs));
  const add = (): number => {
    nodes.threshold.push(0);
    nodes.left.push(-1);
    nodes.missingLeft.push(0);
    categoryStart.push(-1);
    leaf.push(values.add(dice.chance(0.5) ? dice.one(leafValues) : leafValue(dice, outputs)));
    return nodes.feature.push(-1) - 1;
  };
  const nTrees = dice.one([1, 2, 3, 7, 20]);
  for (let tree = 0; tree < nTrees; tree++) {
    const splits = dice.one([0, 1, 2, 40]);
    const open = [add()];
    for (let i = 0; i < splits; i++) {
      const [node] = open.splice(dice.below(open.length), 1) as [number];
      const f = dice.below(features.length);
      const feature = features[f]!;
      nodes.feature[node] = f;
      leaf[node] = -1;
      nodes.missingLeft[node] = dice.below(2);
      if (feature.kind === 'numeric')
        nodes.threshold[node] = dice.chance(0.05) ? Number.POSITIVE_INFINITY : dice.number();
      else {
        categoryStart[node] = categoryBits.length;
        categoryBits.push(...randomBits(dice, feature.categories.length));
      }
      nodes.left[node] = add();
      open.push(nodes.left[node], add());
    }
    treeStart.push(nodes.feature.length);
  }
  return {
    task: outputs === 1 ? 'regression' : 'classification',
    outputs,
    features,
    treeStart: Int32Array.from(treeStart),
    feature: Int32Array.from(nodes.feature),
    threshold: Float64Array.from(nodes.threshold),
    left: Int32Array.from(nodes.left),
    missingLeft: Uint8Array.from(nodes.missingLeft),
    categoryStart: Int32Array.from(categoryStart),
    categoryBits: Uint32Array.from(categoryBits),
    leaf: Int32Array.from(leaf),
    values: values.all(),
    importances: new Float64Array(features.length),
  };
}

/** A set of categories: none, all, the first ones, or any. */
function randomBits(dice: Dice, nCategories: number): number[] {
  const kind = dice.one(['none', 'all', 'first', 'any', 'any', 'any'] as const);
  const first = dice.below(nCategories + 1);
  const words = Array.from({ length: Math.ceil(nCategories / 32) }, () => 0);
  for (let code = 0; code < nCategories; code++) {
    const isIn = kind === 'all' || (kind === 'first' && code < first) || (kind === 'any' && dice.chance(0.5));
    if (isIn) words[code >>> 5] = (words[code >>> 5]! | (1 << (code & 31))) >>> 0;
  }
  return words;
}

function leafValue(dice: Dice, outputs: number): Float64Array {
  if (outputs === 1) return Float64Array.of(dice.chance(0.5) ? dice.below(5) : dice.number() % 1e6);
  const counts = Float64Array.from({ length: outputs }, () => dice.below(4));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? counts.map(() => 1 / outputs) : counts.map((count) => count / total);
}

function infoOf(task: ModelInfo['task'], classes: readonly string[]): ModelInfo {
  return {
    name: 'random',
    task,
    target: 'y',
    classes,
    createdAt: Date.UTC(2026, 0, 1),
    toolkitVersion: '0.0.0',
    engine: 'native',
    params: defaultParams(task),
    metrics: { r2: 0.5 },
    dataDigest: '0'.repeat(64),
    dataSource: 'data.csv',
    runId: '0'.repeat(32),
    modelId: `m-${'0'.repeat(32)}`,
    split: { settings: splitSettings.parse({}), seed: 0, columns: [], trainingRows: 10, testRows: 2 },
    baseline:
      task === 'regression' ? { task, mean: 0 } : { task, classes, shares: classes.map(() => 1 / classes.length) },
  };
}
