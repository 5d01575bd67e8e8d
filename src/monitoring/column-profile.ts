import { z } from 'zod';
import type { CategoricalColumn, Column } from '../data/table.ts';
import { quantileSorted } from '../metrics/quantile.ts';

/** Bins of a numeric profile. With 32 the profile of a column stays below 1 KB. */
const BINS = 32;
/** Bytes of names that a categorical profile spends on its most frequent categories. */
const NAME_BYTES = 600;
const MOST_CATEGORIES = 40;

const count = z.int().min(0);
const base = { name: z.string(), count, missing: count };

const numericProfile = z.strictObject({
  ...base,
  kind: z.enum(['numeric', 'datetime']),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  /** Of the population, as numpy's. */
  std: z.number(),
  /** Every value is one of the edges: counts are exact. */
  points: z.boolean(),
  edges: z.array(z.number()).max(64),
  /** counts[i]: values in (edges[i - 1], edges[i]]; the last: values above all edges. */
  counts: z.array(count).max(65),
});

const categoricalProfile = z.strictObject({
  ...base,
  kind: z.literal('categorical'),
  categories: z.array(z.string()).max(64),
  counts: z.array(count).max(64),
  /** Values of categories that are not listed. */
  other: count,
  /** Whether all categories are listed: only then a category can be called new. */
  complete: z.boolean(),
});

/** What is kept of a column: below 1 KB of JSON, and two of the same edges and categories add up. */
export const columnProfile = z.discriminatedUnion('kind', [numericProfile, categoricalProfile]);

export type NumericProfile = z.output<typeof numericProfile>;
export type CategoricalProfile = z.output<typeof categoricalProfile>;
export type ColumnProfile = z.output<typeof columnProfile>;

/** @param like a profile of the same kind whose edges or categories are taken, so that both can be compared and merged */
export function profileColumn(column: Column, like?: ColumnProfile): ColumnProfile {
  if (column.kind === 'categorical') {
    return profileCategories(column, like?.kind === 'categorical' ? like.categories : undefined);
  }
  const edges = like && like.kind !== 'categorical' ? like.edges : undefined;
  return profileNumbers(column.name, column.kind, column.values, edges);
}

export function profileNumbers(
  name: string,
  kind: 'numeric' | 'datetime',
  values: Float64Array,
  given?: readonly number[],
): NumericProfile {
  let n = 0;
  let mean = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    // -0 is 0, as it is once written.
    const value = values[i]! + 0;
    if (Number.isNaN(value)) continue;
    n++;
    const delta = value - mean;
    mean += delta / n;
    squares += delta * (value - mean);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const missing = values.length - n;
  if (n === 0) {
    const edges = [...(given ?? [])];
    const counts = [...edges, 0].map(() => 0);
    return { name, kind, count: 0, missing, min: 0, max: 0, mean: 0, std: 0, points: false, edges, counts };
  }
  const edges = given ? [...given] : chooseEdges(values, n);
  const counts = new Array<number>(edges.length + 1).fill(0);
  let exact = 0;
  for (let i = 0; i < values.length; i++) {
    // -0 is 0, as it is once written.
    const value = values[i]! + 0;
    if (Number.isNaN(value)) continue;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle]! < value) low = middle + 1;
      else high = middle;
    }
    counts[low]! += 1;
    if (edges[low] === value) exact++;
  }
  const std = Math.sqrt(squares / n);
  return { name, kind, count: n, missing, min, max, mean, std, points: exact === n, edges, counts };
}

/** The values themselves when there are few, else quantiles rounded to what 1/10,000 of the range needs. */
function chooseEdges(values: Float64Array, n: number): number[] {
  const distinct = new Set<number>();
  for (let i = 0; i < values.length && distinct.size <= BINS; i++) {
    if (!Number.isNaN(values[i])) distinct.add(values[i]!);
  }
  if (distinct.size <= BINS) return [...distinct].sort((a, b) => a - b);
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const range = sorted[n - 1]! - sorted[0]!;
  const digits = Math.min(
    15,
    Math.max(1, 5 + Math.ceil(Math.log10(Math.max(Math.abs(sorted[0]!), Math.abs(sorted[n - 1]!)) / range))),
  );
  const edges = new Set<number>();
  for (let b = 1; b < BINS; b++) edges.add(Number(quantileSorted(sorted, b / BINS).toPrecision(digits)));
  return [...edges].sort((a, b) => a - b);
}

function profileCategories(column: CategoricalColumn, given: readonly string[] | undefined): CategoricalProfile {
  const { name, codes, categories } = column;
  const all = new Float64Array(categories.length);
  let missing = 0;
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] === -1) missing++;
    else all[codes[i]!]! += 1;
  }
  const present = codes.length - missing;
  const kept = given ?? mostFrequent(categories, all);
  const codeOf = new Map(categories.map((category, code) => [category, code]));
  const counts = kept.map((category) => {
    const code = codeOf.get(category);
    return code === undefined ? 0 : all[code]!;
  });
  const listed = counts.reduce((sum, c) => sum + c, 0);
  return {
    name,
    kind: 'categorical',
    count: present,
    missing,
    categories: [...kept],
    counts,
    other: present - listed,
    complete: listed === present,
  };
}

function mostFrequent(categories: readonly string[], counts: Float64Array): string[] {
  const order = [...categories.keys()]
    .filter((code) => counts[code]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || (categories[a]! < categories[b]! ? -1 : 1));
  const kept: string[] = [];
  let bytes = 0;
  for (const code of order) {
    bytes += JSON.stringify(categories[code]).length + 8;
    if (kept.length === MOST_CATEGORIES || bytes > NAME_BYTES) break;
    kept.push(categories[code]!);
  }
  return kept;
}

/** Both together. Exact when edges or categories are the same; the caller sees to that with `like`. */
export function mergeColumns(a: ColumnProfile, b: ColumnProfile): ColumnProfile {
  if (a.kind === 'categorical' && b.kind === 'categorical') {
    const at = new Map(b.categories.map((category, i) => [category, b.counts[i]!]));
    const counts = a.categories.map((category, i) => a.counts[i]! + (at.get(category) ?? 0));
    const n = a.count + b.count;
    const other = n - counts.reduce((sum, c) => sum + c, 0);
    return { ...a, count: n, missing: a.missing + b.missing, counts, other, complete: other === 0 };
  }
  if (a.kind === 'categorical' || b.kind === 'categorical') throw new TypeError(`"${a.name}" has two kinds`);
  if (a.edges.length !== b.edges.length || a.edges.some((edge, i) => edge !== b.edges[i])) {
    throw new TypeError(`the profiles of "${a.name}" have different edges`);
  }
  const n = a.count + b.count;
  if (a.count === 0 || b.count === 0) {
    return { ...(a.count === 0 ? b : a), missing: a.missing + b.missing };
  }
  const delta = b.mean - a.mean;
  const squares = a.std ** 2 * a.count + b.std ** 2 * b.count + (delta * delta * a.count * b.count) / n;
  return {
    ...a,
    count: n,
    missing: a.missing + b.missing,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    mean: a.mean + (delta * b.count) / n,
    std: Math.sqrt(squares / n),
    points: a.points && b.points,
    counts: a.counts.map((c, i) => c + b.counts[i]!),
  };
}
