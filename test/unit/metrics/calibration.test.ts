import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/forest/random.ts';
import { CALIBRATION_METHODS, calibrate, fitCalibration } from '../../../src/metrics/calibration.ts';
import { exponential } from '../../../src/metrics/exponential.ts';
import { curveAt, curveSteps, fitIsotonic } from '../../../src/metrics/isotonic.ts';
import { brierScore, logLoss } from '../../../src/metrics/probability.ts';
import { fitSigmoid, sigmoidAt } from '../../../src/metrics/sigmoid.ts';
import { runs } from '../../tools/effort.ts';

/** Scores with ties, as shares of trees are, each with what came true. */
const outcomes = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.nat(20).map((n) => n / 20),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      fc.nat(1),
    ),
    {
      minLength: 1,
      maxLength: 80,
    },
  )
  .map((rows) => ({
    score: Float64Array.from(rows, ([score]) => score),
    truth: Uint8Array.from(rows, ([, hit]) => hit),
  }));

/** Rows with a class, and shares of the classes. */
const classRows = (nClasses: number) =>
  fc
    .array(fc.tuple(fc.nat(nClasses - 1), fc.array(fc.nat(9), { minLength: nClasses, maxLength: nClasses })), {
      minLength: 1,
      maxLength: 60,
    })
    .map((rows) => ({
      nClasses,
      codes: Int32Array.from(rows, ([code]) => code),
      probabilities: Float64Array.from(
        rows.flatMap(([, votes]) => {
          const total = votes.reduce((sum, vote) => sum + vote, 0);
          return votes.map((vote) => (total === 0 ? 1 / nClasses : vote / total));
        }),
      ),
    }));
const twoTables = fc
  .integer({ min: 2, max: 5 })
  .chain((nClasses) => fc.tuple(classRows(nClasses), classRows(nClasses)));

describe('an isotonic curve', () => {
  it('never falls, stays between 0 and 1, and is level outside the scores that it was fitted on', () => {
    fc.assert(
      fc.property(outcomes, fc.array(fc.double({ min: -1, max: 2, noNaN: true })), ({ score, truth }, more) => {
        const steps = curveSteps(fitIsotonic(score, truth));
        const asked = [...score, ...more, -9, 9].sort((a, b) => a - b);
        const values = asked.map((x) => curveAt(steps, x));
        expect(values).toEqual([...values].sort((a, b) => a - b));
        expect(values[0]).toBeGreaterThanOrEqual(0);
        expect(values.at(-1)).toBeLessThanOrEqual(1);
        // The end of a piece may be rounded.
        expect(curveAt(steps, -9)).toBeCloseTo(curveAt(steps, Math.min(...score)), 14);
        expect(curveAt(steps, 9)).toBeCloseTo(curveAt(steps, Math.max(...score)), 14);
      }),
      { numRuns: runs(300) },
    );
  });

  it('has the least squared error of all curves that do not fall', () => {
    const error = (values: readonly number[], truth: Uint8Array): number =>
      values.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0);
    fc.assert(
      fc.property(outcomes, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), ({ score, truth }, levels) => {
        const steps = curveSteps(fitIsotonic(score, truth));
        const fitted = error(
          [...score].map((x) => curveAt(steps, x)),
          truth,
        );
        // Any other curve: steps at some of the scores.
        const sorted = [...new Set(score)].sort((a, b) => a - b);
        const rising = [...levels].sort((a, b) => a - b);
        const other = (x: number): number =>
          rising[Math.floor((sorted.indexOf(x) / sorted.length) * rising.length)] ?? 0.5;
        expect(fitted).toBeLessThanOrEqual(error([...score].map(other), truth) + 1e-9);
        const share = truth.reduce((sum, hit) => sum + hit, 0) / truth.length;
        expect(fitted).toBeLessThanOrEqual(
          error(
            [...score].map(() => share),
            truth,
          ) + 1e-9,
        );
      }),
      { numRuns: runs(300) },
    );
  });

  it('pools neighbours that would fall, and keeps the ends of level stretches', () => {
    const score = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7);
    expect(fitIsotonic(score, Uint8Array.of(0, 0, 1, 0, 1, 1, 1))).toEqual({
      x: [0.1, 0.2, 0.3, 0.4, 0.5, 0.7],
      y: [0, 0, 0.5, 0.5, 1, 1],
    });
    expect(fitIsotonic(Float64Array.of(0.5, 0.5), Uint8Array.of(0, 1))).toEqual({ x: [0.5], y: [0.5] });
  });
});

describe('a sigmoid', () => {
  it('has a smaller loss than its neighbours, and rises with the score where hits have the greater ones', () => {
    fc.assert(
      fc.property(outcomes, fc.constantFrom(-1, 1), fc.constantFrom(-1, 1), ({ score, truth }, da, db) => {
        const fitted = fitSigmoid(score, truth);
        const hits = truth.reduce((sum, hit) => sum + hit, 0);
        const target = (hit: number): number => (hit ? (hits + 1) / (hits + 2) : 1 / (truth.length - hits + 2));
        const loss = (slope: number, intercept: number): number =>
          score.reduce((sum, x, i) => {
            const p = 1 / (1 + Math.exp(slope * x + intercept));
            return sum - target(truth[i]!) * Math.log(p) - (1 - target(truth[i]!)) * Math.log(1 - p);
          }, 0);
        const { slope, intercept } = fitted;
        expect(loss(slope, intercept)).toBeLessThanOrEqual(
          loss(slope + da * 1e-3, intercept + db * 1e-3) + 1e-9 * truth.length,
        );
      }),
      { numRuns: runs(200) },
    );
    const rising = fitSigmoid(Float64Array.of(0.1, 0.4, 0.6, 0.9), Uint8Array.of(0, 0, 1, 1));
    expect(sigmoidAt(rising, 0.9)).toBeGreaterThan(sigmoidAt(rising, 0.1));
  });

  it('is made of powers of e as the machine has them, to the last bits', () => {
    fc.assert(
      fc.property(fc.double({ min: -64, max: 64, noNaN: true }), (x) => {
        expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
      }),
      { numRuns: runs(2000) },
    );
    expect([exponential(0), exponential(1000), exponential(-1000)]).toEqual([1, exponential(64), exponential(-64)]);
  });
});

describe.each(CALIBRATION_METHODS)('probabilities calibrated with method %s', (method) => {
  it('are probabilities, whatever they were learned from', () => {
    fc.assert(
      fc.property(twoTables, ([learned, asked]) => {
        const { nClasses, codes, probabilities } = learned;
        const calibration = fitCalibration(method, codes, probabilities, nClasses);
        expect(JSON.parse(JSON.stringify(calibration))).toEqual(calibration);
        const calibrated = calibrate(calibration, asked.probabilities, nClasses);
        for (let at = 0; at < calibrated.length; at += nClasses) {
          const row = [...calibrated.subarray(at, at + nClasses)];
          expect(row.every((p) => p >= 0 && p <= 1)).toBe(true);
          expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('undo what made them too sure', () => {
    // Of rows given 0.95, 0.75 come true; of rows given 0.05, 0.25.
    const nRows = 4000;
    const codes = Int32Array.from({ length: nRows }, (_, row) => (row % 4 === 0 ? 1 - (row & 4) / 4 : (row & 4) / 4));
    const second = Float64Array.from({ length: nRows }, (_, row) => ((row & 4) === 4 ? 0.95 : 0.05));
    const probabilities = Float64Array.from({ length: 2 * nRows }, (_, at) =>
      at % 2 === 1 ? second[at >> 1]! : 1 - second[at >> 1]!,
    );
    const calibrated = calibrate(fitCalibration(method, codes, probabilities, 2), probabilities, 2);
    expect(calibrated[1]).toBeCloseTo(0.25, 2);
    expect(calibrated[9]).toBeCloseTo(0.75, 2);
    expect(logLoss(codes, calibrated, 2)).toBeLessThan(logLoss(codes, probabilities, 2) - 0.1);
    expect(brierScore(codes, calibrated, 2)).toBeLessThan(brierScore(codes, probabilities, 2) - 0.02);
  });
});

it('the same rows give the same calibration, bit by bit, on any machine', () => {
  const random = new Random(5);
  const codes = Int32Array.from({ length: 500 }, () => random.below(3));
  const probabilities = Float64Array.from({ length: 1500 }, (_, at) => {
    const hint = codes[Math.floor(at / 3)] === at % 3 ? 0.3 : 0;
    return Math.floor((random.unit() * 0.7 + hint) * 50) / 50;
  });
  const digests = CALIBRATION_METHODS.map((method) => {
    const calibration = fitCalibration(method, codes, probabilities, 3);
    const calibrated = calibrate(calibration, probabilities, 3);
    const text = JSON.stringify([calibration, [...calibrated]]);
    return [method, createHash('sha256').update(text).digest('hex').slice(0, 16)];
  });
  expect(Object.fromEntries(digests)).toMatchInlineSnapshot(`
    {
      "isotonic": "7de4c244112db4f2",
      "sigmoid": "e586487d9ad72228",
    }
  `);
});

it('classes that no calibrated probability speaks for are equally probable', () => {
  const calibration = { method: 'isotonic', curves: Array.from({ length: 4 }, () => ({ x: [0.5], y: [0] })) } as const;
  expect([...calibrate(calibration, Float64Array.of(0.1, 0.2, 0.3, 0.4), 4)]).toEqual([0.25, 0.25, 0.25, 0.25]);
});
