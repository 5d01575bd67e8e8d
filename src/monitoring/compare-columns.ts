import type { MonitoringSettings } from '../config/monitoring.ts';
import { chiSquaredHomogeneity, jensenShannon, poolRare, populationStability } from '../metrics/distances.ts';
import { kolmogorovTail } from '../metrics/two-samples.ts';
import type { CategoricalProfile, ColumnProfile, NumericProfile } from './column-profile.ts';

/** Up to this many reference rows a test decides, beyond it a distance: a test then finds any trifle. */
const TEST_ROWS = 1000;
/** Numbers with no more different values than this are compared as categories. */
const FEW_VALUES = 5;

export type DriftMethod = 'ks' | 'chi-squared' | 'wasserstein' | 'jensen-shannon' | 'psi';

/** One column of the reference beside the current one. */
export interface ColumnComparison {
  readonly method: DriftMethod;
  /** p-value of a test (before correction), else the distance. */
  readonly score: number;
  /** Of the test that goes with the kind, whichever method decides. */
  readonly pValue: number;
  readonly psi: number;
  /** Change of the mean in standard deviations of the reference; of numbers only. */
  readonly shift?: number;
  readonly missingShare: readonly [number, number];
  /** Share of current values outside the reference's range, or of categories unknown to it. */
  readonly unseenShare: number;
}

/**
 * Compares two profiles of the same edges or categories. The choice of method is Evidently's: by kind and by rows of the
 * reference. From profiles, the Kolmogorov-Smirnov statistic is taken at the edges only, so it is at most one bin's share
 * too small, and the Wasserstein distance takes values as spread evenly within a bin.
 */
export function compareColumns(
  reference: ColumnProfile,
  current: ColumnProfile,
  settings: Pick<MonitoringSettings, 'numeric-method' | 'categorical-method'>,
  outside: number,
): ColumnComparison {
  const few = reference.count <= TEST_ROWS;
  const shared = {
    missingShare: [missingShare(reference), missingShare(current)] as const,
    unseenShare: current.count === 0 ? 0 : outside / current.count,
  };
  if (reference.kind === 'categorical' || current.kind === 'categorical') {
    const [p, q] = categoryCounts(reference as CategoricalProfile, current as CategoricalProfile);
    const asked = settings['categorical-method'];
    return { ...byCounts(p, q, asked === 'auto' ? (few ? 'chi-squared' : 'jensen-shannon') : asked), ...shared };
  }
  const shift = reference.std > 0 ? (current.mean - reference.mean) / reference.std : 0;
  const asked = settings['numeric-method'];
  const psi = populationStability(reference.counts, current.counts);
  if (asked === 'auto' && reference.points && reference.edges.length <= FEW_VALUES) {
    const counts = byCounts(reference.counts, current.counts, few ? 'chi-squared' : 'jensen-shannon');
    return { ...counts, shift, ...shared };
  }
  const method = asked === 'auto' ? (few ? 'ks' : 'wasserstein') : asked;
  const pValue = kolmogorovTail(gapAtEdges(reference, current), reference.count, current.count);
  const score = {
    ks: () => pValue,
    wasserstein: () =>
      wassersteinOf(reference, current) / Math.max(reference.std, 1e-3 * Math.abs(reference.mean), 1e-12),
    'jensen-shannon': () => jensenShannon(reference.counts, current.counts),
    psi: () => psi,
  }[method]();
  return { method, score, pValue, psi, shift, ...shared };
}

function byCounts(
  p: readonly number[],
  q: readonly number[],
  method: 'chi-squared' | 'jensen-shannon' | 'psi',
): Pick<ColumnComparison, 'method' | 'score' | 'pValue' | 'psi'> {
  const pooled = poolRare(p, q);
  const { pValue } = chiSquaredHomogeneity(pooled.reference, pooled.current);
  const psi = populationStability(p, q);
  const score = method === 'chi-squared' ? pValue : method === 'psi' ? psi : jensenShannon(p, q);
  return { method, score, pValue, psi };
}

/** What is not listed in the reference is one more category. */
function categoryCounts(reference: CategoricalProfile, current: CategoricalProfile): [number[], number[]] {
  const p = [...reference.counts];
  const q = [...current.counts];
  if (reference.other + current.other > 0) {
    p.push(reference.other);
    q.push(current.other);
  }
  return [p, q];
}

function missingShare({ count, missing }: ColumnProfile): number {
  return count + missing === 0 ? 0 : missing / (count + missing);
}

/** The largest distance of the two distribution functions at the edges. */
export function gapAtEdges(reference: NumericProfile, current: NumericProfile): number {
  let a = 0;
  let b = 0;
  let gap = 0;
  for (let i = 0; i < reference.counts.length; i++) {
    a += reference.counts[i]!;
    b += current.counts[i]!;
    gap = Math.max(gap, Math.abs(a / reference.count - b / current.count));
  }
  return gap;
}

/** Area between the two distribution functions, each a line within a bin (a step where all values are edges). */
export function wassersteinOf(reference: NumericProfile, current: NumericProfile): number {
  const knots = [...new Set([...reference.edges, reference.min, reference.max, current.min, current.max])].sort(
    (a, b) => a - b,
  );
  let area = 0;
  for (let k = 0; k + 1 < knots.length; k++) {
    const from = knots[k]!;
    const to = knots[k + 1]!;
    const left = shareUpTo(reference, from, from) - shareUpTo(current, from, from);
    const right = shareUpTo(reference, to, from) - shareUpTo(current, to, from);
    const width = to - from;
    area +=
      left * right >= 0
        ? (width * Math.abs(left + right)) / 2
        : (width * (left * left + right * right)) / (2 * (Math.abs(left) + Math.abs(right)));
  }
  return area;
}

/** The distribution function at `value`, coming from `from` (below it or equal). */
function shareUpTo(profile: NumericProfile, value: number, from: number): number {
  const { edges, counts, min, max, count, points } = profile;
  if (points) return cumulative(profile, from) / count;
  if (min === max) return from >= max ? 1 : 0;
  if (value >= max) return 1;
  // Rows that are all at the least value are there at once, seen from it on.
  if (value < min || (value === min && from < min)) return 0;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const low = Math.max(min, edges[i - 1] ?? min);
    const high = Math.min(max, edges[i] ?? max);
    if (value <= high || i === counts.length - 1) {
      const within = high > low ? (value - low) / (high - low) : 1;
      return (below + counts[i]! * Math.min(1, Math.max(0, within))) / count;
    }
    below += counts[i]!;
  }
  return 1;
}

function cumulative({ edges, counts }: NumericProfile, value: number): number {
  let sum = 0;
  for (let i = 0; i < edges.length && edges[i]! <= value; i++) sum += counts[i]!;
  return sum;
}
