import type { CheckSettings } from '../../config/data-checks.ts';
import { hashRows } from '../row-hash.ts';
import { type Column, type NumericColumn, type Table, takeRows } from '../table.ts';
import { type ClassTarget, type PreparedTarget, type Target, takeTarget } from '../target.ts';
import { type CheckResult, outcome } from './check-result.ts';

/** Rows that are looked at, drawn by their content. */
const SAMPLE_ROWS = 20_000;
/** Numbers of a feature are put into so many groups. */
const GROUPS = 64;
/** Fewer rows would not say what a group is. */
const GROUP_ROWS = 20;
/** Below so many rows chance alone predicts well. */
const LEAST_ROWS = 100;
const RELATIVE_ERROR = 1e-9;

/**
 * Features that give the target away: one that predicts it nearly alone (R², or for classes the share of the errors of the most
 * frequent class that it avoids: Goodman and Kruskal's λ), learned on one half of the rows and measured on the other; and two numbers
 * whose sum or difference is the target.
 *
 * @param table without the columns that are excluded
 */
export function leakage(table: Table, name: string, prepared: PreparedTarget, settings: CheckSettings): CheckResult[] {
  const severity = settings.severity.leakage;
  if (severity === 'off' || prepared.rows.length < LEAST_ROWS) return [];
  const known = takeRows(table, prepared.rows);
  const hash = hashRows(known, 1);
  const share = SAMPLE_ROWS / known.nRows;
  const rows = Int32Array.from({ length: known.nRows }, (_, row) => row).filter((row) => hash[row]! < share);
  const sample = takeRows(known, rows);
  const target = takeTarget(prepared.target, rows);
  // One half learns; which row is in it has nothing to do with the order of rows.
  const learns = rows.map((row) => Math.floor((hash[row]! / share) * 2 ** 20) & 1);

  const features = sample.columns.filter((column) => column.name !== name && column.kind !== 'datetime');
  const most = settings['max-leakage-score'];
  const results = features.flatMap((column) => {
    const score = scoreAlone(column, target, learns);
    if (!(score >= most)) return [];
    const measure = target.task === 'regression' ? 'R²' : 'λ';
    return outcome({
      check: 'leakage',
      column: column.name,
      severity,
      passed: false,
      found: `nearly all of the target in it (${measure} ${score.toFixed(3)} alone)`,
      allowed: `less than ${most}; what is known only after the fact belongs under "data.exclude"`,
    });
  });
  if (target.task === 'regression') {
    for (const { a, b, words } of sumsOf(features, target.values)) {
      results.push(
        ...outcome({
          check: 'leakage',
          column: a,
          severity,
          passed: false,
          found: `with "${b}" the target itself: ${words} = ${name}`,
          allowed: 'no part of the target; name both under "data.exclude"',
        }),
      );
    }
  }
  if (results.length > 0) return results;
  return outcome({
    check: 'leakage',
    severity,
    passed: true,
    found: 'no feature that gives the target away',
    allowed: `each alone below ${most}`,
  });
}

function scoreAlone(column: Column, target: Target, learns: Int32Array): number {
  return target.task === 'regression'
    ? explainedVariance(groupsOf(column, undefined), target.values, learns)
    : avoidedErrors(groupsOf(column, target), target, learns);
}

/** A group number a row; 0 for missing cells. */
function groupsOf(column: Column, target: ClassTarget | undefined): Int32Array {
  if (column.kind === 'categorical') return column.codes.map((code) => code + 1);
  const limits = groupLimits(column.values, target);
  return Int32Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return 0;
    let [low, high] = [0, limits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (limits[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  });
}

/** Where groups begin: quantiles of the values, of each class by itself, so that a rare one is set apart. */
function groupLimits(values: Float64Array, target: ClassTarget | undefined): Float64Array {
  const sets: number[][] = Array.from({ length: target?.classes.length ?? 1 }, () => []);
  for (const [row, value] of values.entries()) if (!Number.isNaN(value)) sets[target?.codes[row] ?? 0]!.push(value);
  const most = Math.floor(GROUPS / sets.length);
  const limits = new Set<number>();
  for (const set of sets) {
    const sorted = Float64Array.from(set).sort();
    const groups = Math.max(1, Math.min(most, Math.floor(sorted.length / GROUP_ROWS)));
    for (let g = 0; g < groups && sorted.length > 0; g++) limits.add(sorted[Math.floor((g * sorted.length) / groups)]!);
  }
  return Float64Array.from(limits).sort();
}

function explainedVariance(group: Int32Array, values: Float64Array, learns: Int32Array): number {
  const sums = new Map<number, { sum: number; n: number }>();
  let [sum, n] = [0, 0];
  for (let i = 0; i < group.length; i++) {
    if (learns[i] === 0) continue;
    const of = sums.get(group[i]!) ?? { sum: 0, n: 0 };
    of.sum += values[i]!;
    of.n++;
    sums.set(group[i]!, of);
    sum += values[i]!;
    n++;
  }
  let [error, variance] = [0, 0];
  for (let i = 0; i < group.length; i++) {
    if (learns[i] === 1) continue;
    const of = sums.get(group[i]!);
    const predicted = of ? of.sum / of.n : sum / n;
    error += (values[i]! - predicted) ** 2;
    variance += (values[i]! - sum / n) ** 2;
  }
  return variance === 0 ? 0 : 1 - error / variance;
}

function avoidedErrors(group: Int32Array, target: ClassTarget, learns: Int32Array): number {
  const size = target.classes.length;
  const counts = new Map<number, Float64Array>();
  const all = new Float64Array(size);
  for (let i = 0; i < group.length; i++) {
    if (learns[i] === 0) continue;
    const of = counts.get(group[i]!) ?? new Float64Array(size);
    of[target.codes[i]!]! += 1;
    counts.set(group[i]!, of);
    all[target.codes[i]!]! += 1;
  }
  const most = (of: Float64Array): number => of.indexOf(Math.max(...of));
  const usual = most(all);
  const answer = new Map([...counts].map(([key, of]) => [key, most(of)]));
  let [errors, before] = [0, 0];
  for (let i = 0; i < group.length; i++) {
    if (learns[i] === 1) continue;
    if ((answer.get(group[i]!) ?? usual) !== target.codes[i]) errors++;
    if (usual !== target.codes[i]) before++;
  }
  return before === 0 ? 0 : 1 - errors / before;
}

/** Pairs of columns whose sum or difference is the target in every row. */
function sumsOf(features: readonly Column[], values: Float64Array): { a: string; b: string; words: string }[] {
  const numbers = features.filter((column): column is NumericColumn => column.kind === 'numeric');
  const found: { a: string; b: string; words: string }[] = [];
  for (const [i, a] of numbers.entries()) {
    for (const b of numbers.slice(i + 1)) {
      const words = (
        [
          [1, 1, `${a.name} + ${b.name}`],
          [1, -1, `${a.name} - ${b.name}`],
          [-1, 1, `${b.name} - ${a.name}`],
        ] as const
      ).find(([p, q]) => isSum(a.values, p, b.values, q, values))?.[2];
      if (words !== undefined) found.push({ a: a.name, b: b.name, words });
    }
  }
  return found;
}

/** A constant or missing addend would make the other column the target by itself, which its score alone tells. */
function isSum(a: Float64Array, p: number, b: Float64Array, q: number, values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(p * a[i]! + q * b[i]! - values[i]!);
    if (!(error <= RELATIVE_ERROR * Math.abs(values[i]!))) return false;
  }
  return true;
}
