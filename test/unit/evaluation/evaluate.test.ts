import { describe, expect, it } from 'vitest';
import { evaluationSettings, gateSettings } from '../../../src/config/gates.ts';
import type { Table } from '../../../src/data/table.ts';
import { type EvaluateInput, evaluate } from '../../../src/evaluation/evaluate.ts';
import { evaluationSchema } from '../../../src/evaluation/evaluation.ts';
import { evaluationReport } from '../../../src/evaluation/report.ts';
import { Random } from '../../../src/forest/random.ts';
import { baselineOf } from '../../../src/metrics/baseline.ts';
import type { Predictions } from '../../../src/metrics/predictions.ts';

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());

interface Setup {
  rows?: number;
  /** Standard deviation of the errors. */
  challenger: number;
  champion?: number;
  seed?: number;
  settings?: Record<string, unknown>;
  gates?: Record<string, unknown>[];
}

function regression({ rows = 400, challenger, champion, seed = 1, settings = {}, gates = [] }: Setup): EvaluateInput {
  const random = new Random(seed);
  const truth = Float64Array.from({ length: rows }, () => 100 + 20 * normal(random));
  const noisy = (spread: number): Predictions => ({
    task: 'regression',
    values: truth.map((value) => value + spread * normal(random)),
  });
  const target = { task: 'regression', values: truth } as const;
  const season = Int32Array.from({ length: rows }, (_, i) => i % 4);
  const start = Date.UTC(2012, 0, 1);
  const table: Table = {
    nRows: rows,
    columns: [
      { kind: 'categorical', name: 'season', codes: season, categories: ['winter', 'spring', 'summer', 'fall'] },
      { kind: 'numeric', name: 'temp', values: truth.map((value) => value / 100), integer: false },
      { kind: 'datetime', name: 'when', values: Float64Array.from(truth, (_, i) => start + i * 3_600_000) },
    ],
  };
  return {
    challenger: { name: 'bikes', uri: 'runs:/1/model', digest: 'aa', predictions: noisy(challenger) },
    ...(champion === undefined
      ? {}
      : {
          champion: { name: 'bikes', uri: 'models:/bikes/3', version: 3, digest: 'bb', predictions: noisy(champion) },
        }),
    target,
    table,
    baseline: baselineOf(target),
    importances: [{ feature: 'temp', mean: 0.4, std: 0.01 }],
    settings: evaluationSettings.parse({ resamples: 300, ...settings }),
    gates: gateSettings.parse(gates),
    seed: 0,
    time: 'when',
    rows: `${rows} held-out rows`,
  };
}

const outcomes = (input: EvaluateInput) => {
  const { verdict, gates } = evaluate(input);
  return { verdict, gates: Object.fromEntries(gates.map((gate) => [gate.gate, gate.outcome])) };
};

describe('evaluate', () => {
  it('holds intervals to their coverage, on all rows and on a slice; of a model without intervals it is not measured', () => {
    const gates = [
      { metric: 'interval_coverage', min: 0.9 },
      { metric: 'interval_coverage', min: 0.9, slice: 'season' },
    ];
    const input = regression({ challenger: 5, gates });
    const values = (input.challenger.predictions as { values: Float64Array }).values;
    const truth = (input.target as { values: Float64Array }).values;
    // In winter the bounds miss.
    const interval = { lower: values.map((v) => v - 20), upper: values.map((v, i) => (i % 4 === 0 ? v - 19 : v + 20)) };
    const bounded = {
      ...input,
      challenger: { ...input.challenger, predictions: { ...input.challenger.predictions, interval } },
    };
    const { metrics, gates: results } = evaluate(bounded as EvaluateInput);
    const inside = truth.filter((y, i) => interval.lower[i]! <= y && y <= interval.upper[i]!).length / truth.length;
    expect(metrics.interval_coverage).toBe(inside);
    expect(metrics.interval_mean_width).toBeCloseTo((3 * 40 + 1) / 4, 9);
    const ofCoverage = results.filter(({ gate }) => gate.includes('interval_coverage'));
    expect(ofCoverage.map(({ outcome }) => outcome)).toContain('fail');
    expect(() => evaluate(input)).toThrow(
      '"gates.0.metric" is "interval_coverage", which is not measured for regression',
    );
  });

  it('passes a model that is clearly better than the champion', () => {
    const evaluation = evaluate(regression({ challenger: 5, champion: 10 }));
    expect(evaluation.verdict).toBe('pass');
    expect(evaluation.reason).toMatch(/^better than bikes v3: rmse [\d.]+ against [\d.]+ \(−[\d.]+, 95 % interval −/);
    expect(evaluation.comparison.differences.map(({ metric, outcome }) => [metric, outcome])).toEqual([
      ['rmse', 'better'],
      ['mae', 'better'],
      ['r2', 'better'],
    ]);
  });

  it('fails a model that is significantly worse than the champion', () => {
    const { verdict, gates } = evaluate(regression({ challenger: 10, champion: 5 }));
    expect(verdict).toBe('fail');
    expect(gates.map(({ gate, outcome }) => [gate, outcome])).toEqual([
      ['beats the baseline', 'pass'],
      ['no regression', 'fail'],
    ]);
  });

  it('lets a difference that may be chance pass and says how many rows would tell', () => {
    const input = regression({ challenger: 5.3, champion: 5 });
    const { verdict, gates } = evaluate(input);
    expect(verdict).toBe('pass');
    expect(gates[1]!.explanation).toMatch(/within what chance gives.*about [\d,]+ rows would tell/);
  });

  it('takes a margin into account', () => {
    const setup = { challenger: 10, champion: 8 };
    expect(outcomes(regression(setup)).verdict).toBe('fail');
    expect(outcomes(regression({ ...setup, settings: { 'regression-margin': 0.5 } })).verdict).toBe('pass');
  });

  it('measures a first model against the baseline', () => {
    expect(outcomes(regression({ challenger: 5 }))).toEqual({
      verdict: 'pass',
      gates: { 'beats the baseline': 'pass' },
    });
    expect(outcomes(regression({ challenger: 50 }))).toEqual({
      verdict: 'fail',
      gates: { 'beats the baseline': 'fail' },
    });
  });

  it('does not promote the same bytes again', () => {
    const input = regression({ challenger: 5, champion: 5 });
    const same = {
      ...input,
      champion: { ...input.champion!, digest: 'aa', predictions: input.challenger.predictions },
    };
    const { verdict, reason } = evaluate(same);
    expect({ verdict, reason }).toEqual({
      verdict: 'warn',
      reason: 'same bytes as bikes v3: there is nothing to promote',
    });
  });

  it('is inconclusive on few rows', () => {
    const { verdict, reason } = evaluate(regression({ rows: 12, challenger: 5, champion: 6 }));
    expect(verdict).toBe('warn');
    expect(reason).toMatch(/^12 rows are too few to tell; 30 would do/);
  });

  it('holds metrics to floors and ceilings, everywhere or slice by slice', () => {
    const gates = [
      { metric: 'r2', min: 0.8 },
      { metric: 'mae', max: 1, severity: 'warn' },
      { metric: 'rmse', max: 20, slice: 'season' },
    ];
    expect(outcomes(regression({ challenger: 5, gates }))).toEqual({
      verdict: 'warn',
      gates: {
        'beats the baseline': 'pass',
        'r2 at least 0.8': 'pass',
        'mae at most 1': 'fail',
        'rmse at most 20 for every season': 'pass',
      },
    });
  });

  it('names every fault of the gates at once', () => {
    const gates = [{ metric: 'rmsee', max: 1 }, { metric: 'r2' }, { metric: 'mae', max: 1, slice: 'seasn' }];
    expect(() => evaluate(regression({ challenger: 5, gates }))).toThrow(
      expect.objectContaining({
        code: 'GATE_INVALID',
        faults: [
          expect.stringContaining(
            '"gates.0.metric" is "rmsee", which is not measured for regression. Did you mean "rmse"?',
          ),
          '"gates.1" has no limit, expected min, max or regression-margin',
          '"gates.2.slice" is "seasn", which is no column. Did you mean "season"?',
        ],
      }),
    );
  });

  it('refuses predictions that are not numbers', () => {
    const input = regression({ challenger: 5 });
    (input.challenger.predictions as { values: Float64Array }).values[3] = Number.NaN;
    expect(() => evaluate(input)).toThrow(expect.objectContaining({ code: 'PREDICTION_INVALID' }));
  });

  it('gives the same bytes for the same input and reads them back', () => {
    const input = regression({ challenger: 5, champion: 6, settings: { slices: ['season', 'temp', 'nothing'] } });
    const first = JSON.stringify(evaluate(input));
    expect(JSON.stringify(evaluate(input))).toBe(first);
    expect(JSON.stringify(evaluationSchema.parse(JSON.parse(first)))).toBe(first);
  });

  it('breaks the metrics down by the values of columns', () => {
    const input = regression({ challenger: 5, settings: { slices: ['season', 'temp', 'nothing'] } });
    const values = (input.challenger.predictions as { values: Float64Array }).values;
    for (let i = 2; i < values.length; i += 4) values[i]! += 30;
    const { slices, notes } = evaluate(input);
    expect(slices.slice(0, 4).map(({ slice, rows, worse }) => [slice, rows, worse])).toEqual([
      ['season = winter', 100, false],
      ['season = spring', 100, false],
      ['season = summer', 100, true],
      ['season = fall', 100, false],
    ]);
    expect(slices.slice(4).map(({ rows }) => rows)).toEqual([80, 80, 80, 80, 80]);
    expect(notes).toEqual(['"nothing" of evaluation.slices is not a column of these rows']);
  });

  it('raises a false alarm against an equal champion in about 2.5 % of cases', () => {
    let failed = 0;
    for (let seed = 0; seed < 200; seed++) {
      if (evaluate(regression({ rows: 200, challenger: 6, champion: 6, seed })).verdict === 'fail') failed++;
    }
    expect(failed).toBeLessThanOrEqual(11);
  });
});

function binary(rows: number, sharpness: number, seed = 1): EvaluateInput {
  const random = new Random(seed);
  const codes = Int32Array.from({ length: rows }, () => (random.unit() < 0.3 ? 1 : 0));
  const predict = (gain: number): Predictions => {
    const probabilities = new Float64Array(rows * 2);
    const labels = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const p = 1 / (1 + Math.exp(-(gain * (codes[i]! - 0.5) + normal(random))));
      probabilities.set([1 - p, p], 2 * i);
      labels[i] = p > 0.5 ? 1 : 0;
    }
    return { task: 'classification', classes: ['no', 'yes'], labels, probabilities };
  };
  const target = { task: 'classification', classes: ['no', 'yes'], codes } as const;
  return {
    challenger: { name: 'churn', uri: 'runs:/1/model', predictions: predict(sharpness) },
    champion: { name: 'churn', uri: 'models:/churn/1', version: 1, predictions: predict(1) },
    target,
    table: { nRows: rows, columns: [] },
    baseline: baselineOf(target),
    settings: evaluationSettings.parse({ resamples: 200 }),
    gates: gateSettings.parse([{ metric: 'recall', class: 'yes', min: 0.5 }]),
    seed: 0,
    rows: 'all rows',
  };
}

describe('evaluate classifiers', () => {
  it('compares by AUC, McNemar and DeLong', () => {
    const { verdict, primaryMetric, comparison, gates, classification } = evaluate(binary(500, 3));
    expect([verdict, primaryMetric]).toEqual(['pass', 'roc_auc']);
    expect(gates.map(({ gate, outcome }) => [gate, outcome])).toEqual([
      ['beats the baseline', 'pass'],
      ['no regression', 'pass'],
      ['recall of yes at least 0.5', 'pass'],
    ]);
    expect(comparison.mcNemar!.pValue).toBeLessThan(0.05);
    expect(comparison.deLong!.pValue).toBeLessThan(0.001);
    expect(classification!.confusion!.flat().reduce((a, b) => a + b)).toBe(500);
  });

  it('scores a champion that knows another set of classes', () => {
    const input = binary(100, 3);
    const champion: Predictions = {
      task: 'classification',
      classes: ['maybe', 'no'],
      labels: new Int32Array(100),
      probabilities: Float64Array.from({ length: 200 }, () => 0.5),
    };
    const { champion: scored, classification } = evaluate({
      ...input,
      champion: { ...input.champion!, predictions: champion },
    });
    expect(scored!.metrics.accuracy).toBe(0);
    expect(classification!.classes).toEqual(['no', 'yes', 'maybe']);
  });

  it('leaves the gate open where one class is absent', () => {
    const input = binary(100, 3);
    (input.target as { codes: Int32Array }).codes.fill(0);
    const { verdict, gates } = evaluate(input);
    expect(verdict).toBe('warn');
    expect(gates.map(({ outcome }) => outcome)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
  });
});

describe('evaluationReport', () => {
  it('says verdict, comparison, gates, features, errors and slices', () => {
    const report = evaluationReport(
      evaluate(regression({ challenger: 5, champion: 10, settings: { slices: ['season'] } })),
    );
    expect(report.verdict!.state).toBe('pass');
    expect(report.sections.map((section) => section.title)).toEqual([
      'Against bikes v3',
      'Gates',
      'Features',
      'Errors',
      'Over time',
      'Slices by rmse',
      'All metrics',
    ]);
  });

  it('draws the curves of a classifier', () => {
    const report = evaluationReport(evaluate(binary(300, 3)));
    const charts = report.sections
      .flatMap(({ blocks }) => blocks)
      .flatMap((b) => (b.kind === 'chart' ? [b.title] : []));
    expect(charts).toEqual(['Confusion matrix', 'Calibration', 'ROC curve', 'Precision and recall']);
  });
});
