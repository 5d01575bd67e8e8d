import { z } from 'zod';
import { findColumn, type Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Predictions, Target } from '../metrics/predictions.ts';
import { type ColumnProfile, columnProfile, mergeColumns, profileColumn, profileNumbers } from './column-profile.ts';

/** Bins of the confidence of a classifier. */
const CONFIDENCE_EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** How large the loss is given the prediction: absolute error by predicted value, or share of wrong labels by confidence. */
const lossProfile = z.strictObject({
  edges: z.array(z.number()).max(64),
  counts: z.array(z.number()).max(65),
  sums: z.array(z.number()).max(65),
  squares: z.array(z.number()).max(65),
});

export const profileSchema = z.strictObject({
  schema: z.literal(1),
  rows: z.int().min(0),
  task: z.enum(['classification', 'regression']),
  /** Of the raw inputs. */
  columns: z.array(columnProfile),
  /** Of the predicted values or labels. */
  prediction: columnProfile,
  /** Of classifiers: the probability of the positive class, or of the label given when there are more than two. */
  score: columnProfile.optional(),
  target: columnProfile.optional(),
  loss: lossProfile.optional(),
  /** Of each raw input, when known. */
  importances: z.record(z.string(), z.number()).optional(),
});

/** What is known of a set of rows without the rows: kept in the model, and one for each window of production. */
export type Profile = z.output<typeof profileSchema>;
export type LossProfile = z.output<typeof lossProfile>;

/**
 * @param target the actual values of the same rows, when they are known
 * @param options.like take edges and categories from this profile, so that both can be compared and merged
 */
export function buildProfile(
  table: Table,
  predictions: Predictions,
  target?: Target,
  options: { like?: Profile; importances?: Readonly<Record<string, number>> } = {},
): Profile {
  const { like, importances } = options;
  const shape = like && new Map(like.columns.map((column) => [column.name, column]));
  const score = scoreOf(predictions);
  return {
    schema: 1,
    rows: table.nRows,
    task: predictions.task,
    columns: table.columns.map((column) => profileColumn(column, shape?.get(column.name))),
    prediction: predictionProfile(predictions, like?.prediction),
    ...(score ? { score: profileNumbers('score', 'numeric', score, like?.score && edgesOf(like.score)) } : {}),
    ...(target ? { target: targetProfile(target, like?.target) } : {}),
    ...(target ? { loss: lossOf(predictions, target, like?.loss?.edges) } : {}),
    ...(importances ? { importances: { ...importances } } : {}),
  };
}

function edgesOf(profile: ColumnProfile): readonly number[] | undefined {
  return profile.kind === 'categorical' ? undefined : profile.edges;
}

function predictionProfile(predictions: Predictions, like: ColumnProfile | undefined): ColumnProfile {
  if (predictions.task === 'regression') {
    return profileNumbers('prediction', 'numeric', predictions.values, like && edgesOf(like));
  }
  const { labels, classes } = predictions;
  return profileColumn({ kind: 'categorical', name: 'prediction', codes: labels, categories: classes }, like);
}

function targetProfile(target: Target, like: ColumnProfile | undefined): ColumnProfile {
  if (target.task === 'regression') return profileNumbers('target', 'numeric', target.values, like && edgesOf(like));
  return profileColumn({ kind: 'categorical', name: 'target', codes: target.codes, categories: target.classes }, like);
}

function scoreOf(predictions: Predictions): Float64Array | undefined {
  if (predictions.task === 'regression') return undefined;
  return predictions.classes.length === 2 ? positiveOf(predictions) : confidenceOf(predictions);
}

function positiveOf({ labels, probabilities }: Extract<Predictions, { task: 'classification' }>): Float64Array {
  return Float64Array.from(labels, (_, i) => probabilities[2 * i + 1]!);
}

function confidenceOf(predictions: Extract<Predictions, { task: 'classification' }>): Float64Array {
  const { labels, probabilities, classes } = predictions;
  return Float64Array.from(labels, (label, i) => probabilities[i * classes.length + label]!);
}

/** The predicted value, or the confidence in the label given: what the loss is told by. */
export function lossKey(predictions: Predictions): Float64Array {
  return predictions.task === 'regression' ? predictions.values : confidenceOf(predictions);
}

function lossOf(predictions: Predictions, target: Target, given: readonly number[] | undefined): LossProfile {
  const key = lossKey(predictions);
  const edges =
    given ??
    (predictions.task === 'classification'
      ? CONFIDENCE_EDGES
      : profileNumbers('', 'numeric', key).edges.filter((_, i) => i % 3 === 2));
  const counts = new Array<number>(edges.length + 1).fill(0);
  const sums = counts.slice();
  const squares = counts.slice();
  for (let i = 0; i < key.length; i++) {
    const bin = binOf(edges, key[i]!);
    const loss = rowLoss(predictions, target, i);
    counts[bin]! += 1;
    sums[bin]! += loss;
    squares[bin]! += loss * loss;
  }
  return { edges: [...edges], counts, sums, squares };
}

/** The bin i of (edges[i - 1], edges[i]]. */
export function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && value > edges[bin]!) bin++;
  return bin;
}

export function rowLoss(predictions: Predictions, target: Target, row: number): number {
  if (predictions.task === 'regression' && target.task === 'regression') {
    return Math.abs(predictions.values[row]! - target.values[row]!);
  }
  if (predictions.task === 'classification' && target.task === 'classification') {
    return predictions.classes[predictions.labels[row]!] === target.classes[target.codes[row]!] ? 0 : 1;
  }
  throw new TypeError('predictions and target are of different tasks');
}

/** Two windows that were profiled like the same reference, together; the same as the profile of all their rows. */
export function mergeProfiles(a: Profile, b: Profile): Profile {
  const { score, target, loss } = a;
  return {
    ...a,
    rows: a.rows + b.rows,
    columns: a.columns.map((column) => {
      const other = findColumnProfile(b, column.name);
      return other ? mergeColumns(column, other) : column;
    }),
    prediction: mergeColumns(a.prediction, b.prediction),
    ...(score && b.score ? { score: mergeColumns(score, b.score) } : {}),
    ...(target && b.target ? { target: mergeColumns(target, b.target) } : {}),
    ...(loss && b.loss
      ? {
          loss: {
            edges: loss.edges,
            counts: addUp(loss.counts, b.loss.counts),
            sums: addUp(loss.sums, b.loss.sums),
            squares: addUp(loss.squares, b.loss.squares),
          },
        }
      : {}),
  };
}

const addUp = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + b[i]!);

export function findColumnProfile(profile: Profile, name: string): ColumnProfile | undefined {
  return profile.columns.find((column) => column.name === name);
}

/** @throws PROFILE_INVALID when it is not a profile of this version */
export function parseProfile(bytes: Uint8Array | string): Profile {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MlopsError('PROFILE_INVALID', 'profile.json of the model is not JSON', { cause: error });
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== 1) {
    throw new MlopsError('PROFILE_INVALID', `profile.json has schema ${JSON.stringify(schema)}, expected 1`);
  }
  const parsed = profileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0]!;
  throw new MlopsError('PROFILE_INVALID', `profile.json is damaged at ${first.path.join('.')}: ${first.message}`);
}

/** The columns of the profile that the table lacks, or has with another kind. */
export function schemaFaults(profile: Profile, table: Table): Map<string, 'absent' | 'other type'> {
  const faults = new Map<string, 'absent' | 'other type'>();
  for (const { name, kind, count } of profile.columns) {
    const column = findColumn(table, name);
    if (!column) faults.set(name, 'absent');
    else if (column.kind !== kind && count > 0) faults.set(name, 'other type');
  }
  return faults;
}
