import { z } from 'zod';
import { type Column, findColumn, type NumericColumn } from '../../data/table.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { chooseColumns, HOLDS, unknownColumn } from '../choose-columns.ts';
import { numbersOf, numericColumn } from '../column-cells.ts';
import { meanBetween, rowsBySeries, type Series, type SeriesKey, seriesOf, valueAt } from '../series.ts';
import { quantiles } from '../statistics.ts';
import type { LearnedOperation, StepContext, StepKind } from '../step-kind.ts';

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** Share of the times between observations that are usual: a longer one may hide a row. */
const USUAL = 0.99;

const spans = z.array(z.strictObject({ text: z.string(), ms: z.number() }));

const state = z.strictObject({
  lags: spans,
  means: spans,
  /** never: what neither the rows given nor the model holds has never been. */
  unknown: z.enum(['fail', 'missing', 'never']),
  /** The usual time between two observations. */
  step: z.number(),
  /** What of the training rows is kept: instants from `from` to `until`. */
  from: z.number(),
  until: z.number(),
  series: z.array(
    z.strictObject({
      key: z.array(z.union([z.string(), z.number(), z.null()])),
      /** The first instant in training. */
      first: z.number(),
      times: z.array(z.number()),
      values: z.array(z.number().nullable()),
    }),
  ),
});

export type LagState = z.output<typeof state>;

/**
 * Earlier values of a column in the same series. The past of a row is what is given with it, and the last training rows, which
 * the model keeps. Rows given are taken to be all there are of their series between their first and last instant. Where neither holds
 * the past that training would have seen, the row is refused, or missing if the settings say so: a later value never stands in.
 *
 * Inputs  the instants, the column, the group columns
 */
export const lag: StepKind<'lag', LagState> = {
  state,
  fit(settings, context) {
    const { lags, means, unknown } = settings;
    if (lags.length + means.length === 0) context.fault([], 'asks for nothing: set lags or means');
    if (!context.splitByTime || context.time === undefined) {
      context.fault(
        [],
        'needs evaluation rows that come after the training rows: set data.time, and no other data.split.method than time',
      );
    }
    const columns = chooseColumns(settings, context, ['numeric']);
    const time = timeColumn(context);
    const groups = settings.group.flatMap((name) => {
      const column = findColumn(context.table, name);
      if (!column) context.fault(['group'], unknownColumn(name, context));
      return column ?? [];
    });
    if (!time) return {};
    const asked = { lags: lags.map(spanOf), means: means.map(spanOf), unknown };
    const operations = columns.map(({ name, values }): LearnedOperation<LagState> => {
      const outputs = [...lags.map((text) => `${name}.lag-${text}`), ...means.map((text) => `${name}.mean-${text}`)];
      const inputs = [time.name, name, ...groups.map((column) => column.name)];
      return { inputs, outputs, state: { ...asked, ...learnPast(time.values, values, groups, asked) } };
    });
    return { operations };
  },
  apply({ state, outputs, inputs }, [time, column, ...groups]) {
    const times = numbersOf(time!);
    const values = numbersOf(column!);
    const made = outputs.map(() => new Float64Array(times.length).fill(Number.NaN));
    const unknown: number[] = [];
    for (const { key, rows } of rowsBySeries(times, groups)) {
      const given = seriesOf(rows, times, values);
      const past = pastOf(state, key, given);
      for (const row of rows) {
        const at = times[row]!;
        let known = true;
        for (const [i, { ms }] of state.lags.entries()) {
          if (past.knows(at - ms, at - ms)) made[i]![row] = valueAt(past.series, at - ms);
          else known = false;
        }
        for (const [i, { ms }] of state.means.entries()) {
          if (past.knows(at - ms, at)) made[state.lags.length + i]![row] = meanBetween(past.series, at - ms, at);
          else known = false;
        }
        if (!known) unknown.push(row);
      }
    }
    if (state.unknown === 'fail' && unknown.length > 0) refuse(unknown, inputs[1]!, times, state);
    return made.map((cells, i): NumericColumn => numericColumn(outputs[i]!, cells));
  },
};

/** For rows given with all that has ever been observed. */
export function answeringAll(state: LagState): LagState {
  return { ...state, unknown: 'never' };
}

function timeColumn(context: StepContext) {
  const { table, time, fault } = context;
  if (time === undefined) return undefined;
  const column = findColumn(table, time);
  if (!column) fault([], `needs the column of data.time, "${time}", which a step before has taken`);
  else if (column.kind !== 'datetime') {
    fault([], `needs instants, but the column of data.time, "${time}", holds ${HOLDS[column.kind]}`);
  }
  return column?.kind === 'datetime' ? column : undefined;
}

function spanOf(text: string): { text: string; ms: number } {
  return { text, ms: Number(text.slice(0, -1)) * UNIT_MS[text.at(-1) as keyof typeof UNIT_MS] };
}

/** The end of every series, as far back as the first row after training will look. */
function learnPast(
  times: Float64Array,
  values: Float64Array,
  groups: readonly Column[],
  { lags, means }: Pick<LagState, 'lags' | 'means'>,
): Pick<LagState, 'step' | 'from' | 'until' | 'series'> {
  const longest = Math.max(0, ...[...lags, ...means].map(({ ms }) => ms));
  const all = rowsBySeries(times, groups).map(({ key, rows }) => ({ key, ...seriesOf(rows, times, values) }));
  let until = Number.NEGATIVE_INFINITY;
  const gaps: number[] = [];
  for (const series of all) {
    until = Math.max(until, series.times.at(-1)!);
    for (let i = 1; i < series.times.length; i++) gaps.push(series.times[i]! - series.times[i - 1]!);
  }
  if (all.length === 0) until = 0;
  const from = until - longest;
  const series = all.map(({ key, times, values }) => {
    const kept = times.findIndex((time) => time >= from);
    const start = kept === -1 ? times.length : kept;
    return {
      key: [...key],
      first: times[0]!,
      times: Array.from(times.subarray(start)),
      values: Array.from(values.subarray(start), (value) => (Number.isNaN(value) ? null : value)),
    };
  });
  return { step: gaps.length === 0 ? 0 : quantiles(Float64Array.from(gaps), [USUAL])[0]!, from, until, series };
}

interface Past {
  readonly series: Series;
  /** Whether all that was observed from one instant to another is there. */
  knows(from: number, to: number): boolean;
}

function pastOf(state: LagState, key: SeriesKey, given: Series): Past {
  const begins = given.times[0]!;
  const kept = keptSeries(state).get(JSON.stringify(key));
  const series = kept ? merged(kept, given) : given;
  // Without a gap that an observation would fit in, the end of the training rows and the rows given are one stretch.
  const joined = begins - state.until <= state.step && begins >= state.from;
  return {
    series,
    knows(from, to) {
      if (state.unknown === 'never') return true;
      // Before its first observation a series has no past, in training as now.
      const start = kept ? Math.max(from, kept.first) : from;
      if ((kept && to < kept.first) || start >= begins || (kept && joined && start >= state.from)) return true;
      return kept !== undefined && start >= state.from && to <= state.until;
    },
  };
}

/** What was observed in training and what is given; of one instant, what is given. */
function merged(kept: LagState['series'][number], given: Series): Series {
  const byTime = new Map(kept.times.map((time, i) => [time, kept.values[i] ?? Number.NaN]));
  for (const [i, time] of given.times.entries()) byTime.set(time, given.values[i]!);
  const times = Float64Array.from(byTime.keys()).sort();
  return { times, values: times.map((time) => byTime.get(time)!) };
}

const known = new WeakMap<LagState, Map<string, LagState['series'][number]>>();

function keptSeries(state: LagState): Map<string, LagState['series'][number]> {
  let byKey = known.get(state);
  if (!byKey) {
    byKey = new Map(state.series.map((series) => [JSON.stringify(series.key), series]));
    known.set(state, byKey);
  }
  return byKey;
}

function refuse(rows: readonly number[], column: string, times: Float64Array, { until }: LagState): never {
  const [first, end] = [times[rows[0]!]!, until].map((time) => new Date(time).toISOString());
  throw new MlopsError(
    'PAST_UNKNOWN',
    `earlier values of "${column}" are needed for ${rows.length} of ${times.length} rows (the first is of ${first}), and neither the rows given nor the model, which was trained up to ${end}, has them: give all rows since then along, train again on newer data, or set "unknown: missing" for the lag`,
  );
}
