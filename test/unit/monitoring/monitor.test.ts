import { describe, expect, it } from 'vitest';
import { monitoringSettings } from '../../../src/config/monitoring.ts';
import type { Column, Table } from '../../../src/data/table.ts';
import { Random } from '../../../src/forest/random.ts';
import type { Predictions, Target } from '../../../src/metrics/predictions.ts';
import { scoreAll } from '../../../src/metrics/score-all.ts';
import { monitor } from '../../../src/monitoring/monitor.ts';
import { monitoringSchema } from '../../../src/monitoring/monitoring.ts';
import { buildProfile, parseProfile } from '../../../src/monitoring/profile.ts';
import { monitoringReport } from '../../../src/monitoring/report.ts';

const settings = monitoringSettings.parse({});
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());

interface World {
  /** Added to `temp`, in its standard deviations. */
  warmer?: number;
  /** Standard deviation of the errors. */
  spread?: number;
  winter?: number;
  missing?: number;
}

/** Rows of a small world: demand grows with temp, and is known up to `spread`. */
function world(rows: number, seed: number, { warmer = 0, spread = 5, winter = 0.25, missing = 0 }: World = {}) {
  const random = new Random(seed);
  const temp = Float64Array.from({ length: rows }, () => 10 + 5 * (normal(random) + warmer));
  const hum = Float64Array.from({ length: rows }, () => (random.unit() < missing ? Number.NaN : random.unit()));
  const season = Int32Array.from({ length: rows }, () => (random.unit() < winter ? 0 : 1 + random.below(3)));
  const weekday = Float64Array.from({ length: rows }, () => random.below(2));
  const demand = temp.map((t) => 100 + 4 * t + spread * (1 + t / 20) * normal(random));
  const columns: Column[] = [
    { kind: 'numeric', name: 'temp', values: temp, integer: false },
    { kind: 'numeric', name: 'hum', values: hum, integer: false },
    { kind: 'categorical', name: 'season', codes: season, categories: ['winter', 'spring', 'summer', 'fall'] },
    { kind: 'numeric', name: 'weekday', values: weekday, integer: true },
  ];
  const predictions: Predictions = { task: 'regression', values: temp.map((t) => 100 + 4 * t) };
  const target: Target = { task: 'regression', values: demand };
  return { table: { nRows: rows, columns } as Table, predictions, target };
}

const trained = world(3000, 1);
const reference = buildProfile(trained.table, trained.predictions, trained.target, {
  importances: { temp: 0.8, hum: 0.1, season: 0.1, weekday: 0 },
});
const trainingMetrics = scoreAll(trained.target, trained.predictions);

const look = (seen: ReturnType<typeof world>, labelled = false) =>
  monitor({
    reference,
    current: seen.table,
    predictions: seen.predictions,
    ...(labelled ? { target: seen.target } : {}),
    settings,
    trainingMetrics,
  });

describe('monitor', () => {
  it('finds nothing in rows like those of training', () => {
    const { drift, predictionDrift, degraded, retrainRecommended, reason, driftShare, insights } = look(world(1000, 2));
    expect({ drift, predictionDrift, degraded, retrainRecommended, reason, driftShare, insights }).toEqual({
      drift: false,
      predictionDrift: false,
      degraded: false,
      retrainRecommended: false,
      reason: 'no column drifted',
      driftShare: 0,
      insights: [],
    });
  });

  it('says which column moved, how far, and what it matters', () => {
    const result = look(world(1000, 3, { warmer: 0.8 }));
    expect(result.columns.filter((column) => column.drifted).map(({ name }) => name)).toEqual(['temp']);
    expect(result.predictionDrift).toBe(true);
    expect(result.insights[0]).toMatch(
      /^Predictions are higher than at training by 1\d % \(mean 1\d\d\.?\d? → 1\d\d\.?\d?\)\.$/,
    );
    expect(result.insights[1]).toMatch(
      /^"temp" moved up by 0\.\d+ standard deviations \(mean 1\d\.?\d* → 1\d\.?\d*\)\. It carries 80 % of the importance\.$/,
    );
  });

  it('sees the share of a category move', () => {
    const { columns, insights } = look(world(1000, 4, { winter: 0.7 }));
    expect(columns.find(({ name }) => name === 'season')).toMatchObject({ drifted: true, method: 'jensen-shannon' });
    expect(insights).toEqual([
      expect.stringMatching(/^"season" is winter in \d\d % of the rows, 2\d % at training\. It carries 10 %/),
    ]);
  });

  it('sees cells go missing', () => {
    const { columns, insights } = look(world(1000, 5, { missing: 0.3 }));
    expect(columns.filter((column) => column.drifted).map(({ name }) => name)).toEqual(['hum']);
    expect(insights[0]).toMatch(/^"hum" is missing in (29|3\d) % of the rows, 0 % at training\. It carries/);
  });

  it('finds new categories, values out of range, absent columns and other types', () => {
    const seen = world(500, 6);
    const [temp, , season] = seen.table.columns as [
      Column & { kind: 'numeric' },
      Column,
      Column & { kind: 'categorical' },
    ];
    const table: Table = {
      nRows: 500,
      columns: [
        { ...temp, values: temp.values.map((value, i) => (i < 50 ? 500 : value)) },
        {
          ...season,
          codes: season.codes.map((code, i) => (i < 100 ? 4 : code)),
          categories: [...season.categories, 'monsoon'],
        },
        { kind: 'categorical', name: 'weekday', codes: new Int32Array(500), categories: ['monday'] },
      ],
    };
    const { insights, columns } = look({ ...seen, table });
    expect(columns.map(({ name, status }) => [name, status])).toEqual([
      ['temp', 'compared'],
      ['hum', 'absent'],
      ['season', 'compared'],
      ['weekday', 'other type'],
    ]);
    expect(insights.join('\n')).toContain('"temp" is outside the range of training in 10 % of the rows');
    expect(insights.join('\n')).toContain('"season" has values unknown at training (monsoon) in 20 % of the rows');
    expect(insights).toContain('"hum" is missing from the current rows.');
    expect(insights).toContain('"weekday" has another type than at training (numeric).');
  });

  it('finds by labels that the model has lost, and where the loss comes from', () => {
    const result = look(world(1000, 7, { spread: 10 }), true);
    expect([result.degraded, result.retrainRecommended, result.drift]).toEqual([true, true, false]);
    expect(result.reason).toMatch(/^rmse is 1\d\.?\d* on 1,000 labelled rows, 7\.\d+ at training$/);
    expect(result.insights[1]).toMatch(
      /^Of the rise of the mean loss from .* and (9\d|100) % from rows that behave differently\.$/,
    );
    expect(result.performance!.loss!.found).toBeGreaterThan(1.7 * result.performance!.loss!.reference);
  });

  it('does not ask for a retrain when labels show that the model holds', () => {
    const drifted = { warmer: 0.5, winter: 0.7, missing: 0.3 };
    const without = look(world(1000, 8, drifted));
    expect([without.drift, without.retrainRecommended]).toEqual([true, true]);
    const withLabels = look(world(1000, 8, { ...drifted, spread: 4 }), true);
    expect([withLabels.drift, withLabels.retrainRecommended]).toEqual([true, false]);
    expect(withLabels.reason).toMatch(/^75 % of the columns drifted \("temp", .*\), but rmse holds at/);
  });

  it('estimates the loss without labels from what such predictions had at training', () => {
    const hotter = world(2000, 9, { warmer: 1.5 });
    const { estimate, retrainRecommended } = look(hotter);
    const actual = scoreAll(hotter.target, hotter.predictions).mae!;
    expect(estimate!.worse).toBe(true);
    expect(retrainRecommended).toBe(true);
    // The truth of the planted change is known: within 10 %, where the loss at training is 25 % below it.
    expect(Math.abs(estimate!.value / actual - 1)).toBeLessThan(0.1);
    expect(estimate!.reference / actual).toBeLessThan(0.82);
  });

  it('concludes nothing from few rows or none', () => {
    const few = look(world(10, 10, { warmer: 3 }), true);
    expect([few.drift, few.degraded, few.reason]).toEqual([false, false, '10 rows are too few to tell; 30 would do']);
    const none = look(world(0, 10));
    expect([none.drift, none.reason]).toEqual([false, '0 rows are too few to tell; 30 would do']);
  });

  it('raises at most one alarm in a hundred windows like training', () => {
    let alarms = 0;
    const small = world(800, 11);
    const profiles = [reference, buildProfile(small.table, small.predictions, small.target)];
    for (let seed = 0; seed < 1000; seed++) {
      const seen = world(100, 1000 + seed);
      const result = monitor({
        reference: profiles[seed % 2]!,
        current: seen.table,
        predictions: seen.predictions,
        target: seen.target,
        settings,
        trainingMetrics,
      });
      if (result.drift || result.predictionDrift || result.degraded || result.retrainRecommended) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(10);
  });

  it('refuses the profile of another task', () => {
    const seen = world(50, 1);
    const predictions: Predictions = {
      task: 'classification',
      classes: ['a'],
      labels: new Int32Array(50),
      probabilities: new Float64Array(50),
    };
    expect(() => monitor({ reference, current: seen.table, predictions, settings, trainingMetrics: {} })).toThrow(
      expect.objectContaining({ code: 'PROFILE_INVALID' }),
    );
  });

  it('gives JSON that reads back, and a report', () => {
    const result = look(world(500, 12, { warmer: 1 }), true);
    expect(monitoringSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
    const report = monitoringReport(result, 'bikes v1');
    expect(report.sections.map(({ title }) => title)).toEqual([
      'In words',
      'Performance',
      'Columns',
      'Predictions',
      'Distributions of drifted columns',
    ]);
  });
});

describe('monitor of a classifier', () => {
  const classify = (rows: number, seed: number, center: number) => {
    const random = new Random(seed);
    const x = Float64Array.from({ length: rows }, () => center + normal(random));
    const probabilities = new Float64Array(rows * 2);
    const labels = new Int32Array(rows);
    const codes = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const p = 1 / (1 + Math.exp(-2 * x[i]!));
      probabilities.set([1 - p, p], 2 * i);
      labels[i] = p > 0.5 ? 1 : 0;
      codes[i] = random.unit() < p ? 1 : 0;
    }
    const table: Table = { nRows: rows, columns: [{ kind: 'numeric', name: 'x', values: x, integer: false }] };
    const predictions: Predictions = { task: 'classification', classes: ['no', 'yes'], labels, probabilities };
    return { table, predictions, target: { task: 'classification', classes: ['no', 'yes'], codes } as const };
  };

  it('estimates the share of wrong labels from the confidence', () => {
    const before = classify(3000, 1, 2);
    const profile = buildProfile(before.table, before.predictions, before.target);
    const now = classify(3000, 2, 0);
    const result = monitor({
      reference: profile,
      current: now.table,
      predictions: now.predictions,
      settings,
      trainingMetrics: scoreAll(before.target, before.predictions),
    });
    const wrong = 1 - scoreAll(now.target, now.predictions).accuracy!;
    expect(result.estimate!.worse).toBe(true);
    expect(Math.abs(result.estimate!.value - wrong)).toBeLessThan(0.02);
    expect(result.predictions.map(({ name, drifted }) => [name, drifted])).toEqual([
      ['prediction', true],
      ['score', true],
    ]);
    expect(result.insights[1]).toMatch(/^no is predicted for [45]\d % of the rows, 2 % at training\.$/);
  });
});

describe('profile', () => {
  it('reads back what was written and refuses what is damaged', () => {
    const bytes = new TextEncoder().encode(JSON.stringify(reference));
    expect(parseProfile(bytes)).toEqual(reference);
    for (const text of ['{', 'null', '{"schema":2}', '{"schema":1,"rows":-1}']) {
      expect(() => parseProfile(text)).toThrow(expect.objectContaining({ code: 'PROFILE_INVALID' }));
    }
  });
});
