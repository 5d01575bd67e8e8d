import type { MonitoringSettings } from '../config/monitoring.ts';
import { type Column, findColumn, type Table } from '../data/table.ts';
import { chiSquaredHomogeneity, holm } from '../metrics/distances.ts';
import { formatNumber, formatPercent, oneLine } from '../reports/format.ts';
import { type CategoricalProfile, type ColumnProfile, type NumericProfile, profileColumn } from './column-profile.ts';
import { type ColumnComparison, compareColumns } from './compare-columns.ts';
import type { ColumnDrift } from './monitoring.ts';
import type { Profile } from './profile.ts';
import { schemaFaults } from './profile.ts';

/** From this change of the share of missing cells on a column has drifted, whatever its values. */
const MISSING_CHANGE = 0.1;

interface Compared {
  readonly reference: ColumnProfile;
  readonly current: ColumnProfile;
  readonly comparison: ColumnComparison;
  readonly missingP: number;
  readonly newCategories: readonly string[];
}

/**
 * Every column of the reference beside the current rows, and the predictions. p-values are corrected together, so that a
 * window that is like the reference raises any alarm with the chance `significance` only; a distance beyond its threshold
 * that is not significant is no drift.
 */
export function driftOf(
  reference: Profile,
  table: Table,
  predictions: { profiles: readonly ColumnProfile[]; references: readonly ColumnProfile[] },
  settings: MonitoringSettings,
): { columns: ColumnDrift[]; predictions: ColumnDrift[] } {
  const faults = schemaFaults(reference, table);
  const found = reference.columns.map((profile): ColumnDrift | Compared => {
    const status = statusOf(profile, table, settings, faults.get(profile.name));
    if (status !== 'compared') return notCompared(profile, status, reference);
    const column = findColumn(table, profile.name)!;
    return compareOne(profile, profileColumn(column, profile), settings, column);
  });
  const made = predictions.profiles.map((current, i) => compareOne(predictions.references[i]!, current, settings));
  const compared = [...found, ...made].filter((item): item is Compared => 'comparison' in item);
  const values = holm(compared.map((item) => item.comparison.pValue));
  const missing = holm(compared.map((item) => item.missingP));
  const rank = new Map(compared.map((item, i) => [item, i]));
  const decide = (item: Compared): ColumnDrift =>
    decideColumn(item, values[rank.get(item)!]!, missing[rank.get(item)!]!, settings, reference);
  return {
    columns: found.map((item) => ('comparison' in item ? decide(item) : item)),
    predictions: made.map(decide),
  };
}

function statusOf(
  profile: ColumnProfile,
  table: Table,
  settings: MonitoringSettings,
  fault: 'absent' | 'other type' | undefined,
): ColumnDrift['status'] {
  if (settings.ignore.includes(profile.name)) return 'ignored';
  if (fault) return fault;
  if (profile.kind === 'datetime') return 'ignored';
  return table.nRows === 0 || profile.count + profile.missing === 0 ? 'empty' : 'compared';
}

function notCompared(profile: ColumnProfile, status: ColumnDrift['status'], reference: Profile): ColumnDrift {
  const importance = reference.importances?.[profile.name];
  return {
    name: profile.name,
    kind: profile.kind,
    status,
    drifted: status === 'absent' || status === 'other type',
    newCategories: [],
    distribution: [],
    ...(importance === undefined ? {} : { importance }),
  };
}

function compareOne(
  reference: ColumnProfile,
  current: ColumnProfile,
  settings: MonitoringSettings,
  column?: Column,
): Compared {
  const outside = column ? unseen(reference, column) : { count: 0, categories: [] };
  const bothPresent = reference.count > 0 && current.count > 0;
  const comparison = compareColumns(reference, current, settings, outside.count);
  const missing = chiSquaredHomogeneity([reference.count, reference.missing], [current.count, current.missing]);
  return {
    reference,
    current,
    comparison: bothPresent ? comparison : { ...comparison, score: 0, psi: 0, pValue: 1, shift: 0 },
    missingP: missing.pValue,
    newCategories: outside.categories,
  };
}

/** Values that the reference never had: outside its range, or of categories that it did not list (if it listed all). */
function unseen(reference: ColumnProfile, column: Column): { count: number; categories: string[] } {
  let count = 0;
  if (reference.kind === 'categorical' || column.kind === 'categorical') {
    if (reference.kind !== 'categorical' || column.kind !== 'categorical' || !reference.complete) {
      return { count, categories: [] };
    }
    const known = new Set(reference.categories);
    const isNew = column.categories.map((category) => !known.has(category));
    const seen = new Set<number>();
    for (const code of column.codes) {
      if (code === -1 || !isNew[code]) continue;
      count++;
      if (seen.size < 10) seen.add(code);
    }
    return { count, categories: [...seen].map((code) => oneLine(column.categories[code]!)) };
  }
  if (reference.count === 0) return { count, categories: [] };
  for (const value of column.values) if (value < reference.min || value > reference.max) count++;
  return { count, categories: [] };
}

function decideColumn(
  { reference, current, comparison, newCategories }: Compared,
  pValue: number,
  missingP: number,
  settings: MonitoringSettings,
  profile: Profile,
): ColumnDrift {
  const { method, psi, shift, missingShare, unseenShare } = comparison;
  const isTest = method === 'ks' || method === 'chi-squared';
  const threshold = isTest ? settings.significance : settings['distance-threshold'];
  const far = isTest || comparison.score >= threshold;
  const missingMoved =
    Math.abs(missingShare[1] - missingShare[0]) >= MISSING_CHANGE && missingP < settings.significance;
  const importance = profile.importances?.[reference.name];
  const empty = current.count === 0 || reference.count === 0;
  return {
    name: reference.name,
    kind: reference.kind,
    status: empty ? 'empty' : 'compared',
    drifted: (pValue < settings.significance && far) || missingMoved,
    method,
    score: isTest ? pValue : comparison.score,
    threshold,
    pValue,
    psi,
    ...(shift === undefined ? {} : { shift }),
    ...(reference.kind !== 'categorical' && current.kind !== 'categorical' && !empty
      ? { means: [reference.mean, current.mean] as [number, number] }
      : {}),
    missingShare: [...missingShare],
    unseenShare,
    newCategories: [...newCategories],
    ...(reference.kind === 'categorical' && current.kind === 'categorical' && !empty
      ? movedCategory(reference, current)
      : {}),
    ...(importance === undefined ? {} : { importance }),
    distribution: distributionOf(reference, current),
  };
}

function movedCategory(reference: CategoricalProfile, current: CategoricalProfile): Pick<ColumnDrift, 'moved'> {
  let best: NonNullable<ColumnDrift['moved']> | undefined;
  for (const [i, category] of reference.categories.entries()) {
    const shares: [number, number] = [reference.counts[i]! / reference.count, current.counts[i]! / current.count];
    if (best && Math.abs(shares[1] - shares[0]) <= Math.abs(best.shares[1] - best.shares[0])) continue;
    best = { category: oneLine(category), shares };
  }
  return best ? { moved: best } : {};
}

function distributionOf(reference: ColumnProfile, current: ColumnProfile): ColumnDrift['distribution'] {
  const of = (count: number, profile: ColumnProfile): number => (profile.count === 0 ? 0 : count / profile.count);
  if (reference.kind === 'categorical' && current.kind === 'categorical') {
    const rows = reference.categories.map((category, i): [string, number, number] => [
      oneLine(category, 40),
      of(reference.counts[i]!, reference),
      of(current.counts[i]!, current),
    ]);
    if (reference.other + current.other > 0) {
      rows.push(['others', of(reference.other, reference), of(current.other, current)]);
    }
    return rows;
  }
  const { edges, counts, points, min, max } = reference as NumericProfile;
  return counts.flatMap((count, i): [string, number, number][] => {
    const now = (current as NumericProfile).counts[i]!;
    if (points && i === edges.length && now === 0) return [];
    const label =
      points && i < edges.length
        ? formatNumber(edges[i]!)
        : `${formatNumber(edges[i - 1] ?? min)} to ${formatNumber(edges[i] ?? max)}`;
    return [[label, of(count, reference), of(now, current)]];
  });
}

/** `temp` moved up by 0.8 standard deviations. Undefined when there is nothing to say. */
export function columnInWords(column: ColumnDrift): string | undefined {
  const name = `"${oneLine(column.name, 60)}"`;
  if (column.status === 'absent') return `${name} is missing from the current rows.`;
  if (column.status === 'other type') return `${name} has another type than at training (${column.kind}).`;
  if (column.status === 'ignored' || !column.missingShare) return undefined;
  const parts: string[] = [];
  const [before, now] = column.missingShare;
  if (Math.abs(now - before) >= MISSING_CHANGE) {
    parts.push(`is missing in ${formatPercent(now)} of the rows, ${formatPercent(before)} at training`);
  }
  if (column.newCategories.length > 0) {
    const names = column.newCategories.slice(0, 3).join(', ');
    parts.push(`has values unknown at training (${names}) in ${formatPercent(column.unseenShare ?? 0)} of the rows`);
  } else if ((column.unseenShare ?? 0) >= 0.01 && column.kind === 'numeric') {
    parts.push(`is outside the range of training in ${formatPercent(column.unseenShare ?? 0)} of the rows`);
  }
  if (column.drifted && column.status === 'compared' && valuesMoved(column)) {
    if (column.shift !== undefined && column.means && Math.abs(column.shift) >= 0.1) {
      const [from, to] = column.means;
      parts.push(
        `moved ${column.shift > 0 ? 'up' : 'down'} by ${formatNumber(Number(Math.abs(column.shift).toPrecision(2)))} standard deviations (mean ${formatNumber(from)} → ${formatNumber(to)})`,
      );
    } else if (column.moved) {
      const { category, shares } = column.moved;
      parts.push(`is ${category} in ${formatPercent(shares[1])} of the rows, ${formatPercent(shares[0])} at training`);
    } else parts.push('has another distribution at the same mean');
  }
  if (parts.length === 0) return undefined;
  const importance =
    column.importance !== undefined && column.importance >= 0.01
      ? ` It carries ${formatPercent(column.importance)} of the importance.`
      : '';
  return `${name} ${parts.join(', and ')}.${importance}`;
}

/** Whether its values have drifted, not only the share of missing ones. */
function valuesMoved({ method, score = 0, threshold = 0 }: ColumnDrift): boolean {
  return method === 'ks' || method === 'chi-squared' ? score < threshold : score >= threshold;
}
