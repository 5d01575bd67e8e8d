import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monitoringSettings } from '../../../src/config/monitoring.ts';
import type { Column, Table } from '../../../src/data/table.ts';
import type { Predictions, Target } from '../../../src/metrics/predictions.ts';
import { kolmogorovSmirnov, wassersteinDistance } from '../../../src/metrics/two-samples.ts';
import {
  columnProfile,
  mergeColumns,
  type NumericProfile,
  profileColumn,
  profileNumbers,
} from '../../../src/monitoring/column-profile.ts';
import { compareColumns, gapAtEdges, wassersteinOf } from '../../../src/monitoring/compare-columns.ts';
import { buildProfile, mergeProfiles } from '../../../src/monitoring/profile.ts';

const cell = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
const cells = fc.array(cell, { minLength: 1, maxLength: 200 }).map((values) => Float64Array.from(values));
const present = fc
  .array(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -3, max: 3 })), {
    minLength: 1,
    maxLength: 200,
  })
  .map((values) => Float64Array.from(values, (value) => value + 0));
const words = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 60 });

const categorical = (values: readonly string[]): Column => {
  const categories = [...new Set(values)];
  return { kind: 'categorical', name: 'c', categories, codes: Int32Array.from(values, (v) => categories.indexOf(v)) };
};

describe('column profiles', () => {
  it('count every number once', () => {
    fc.assert(
      fc.property(cells, (values) => {
        const profile = profileNumbers('x', 'numeric', values);
        expect(columnProfile.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
        expect(profile.counts.reduce((a, b) => a + b)).toBe(profile.count);
        expect(profile.count + profile.missing).toBe(values.length);
        for (const [i, edge] of profile.edges.entries()) {
          const upTo = profile.counts.slice(0, i + 1).reduce((a, b) => a + b);
          expect(upTo).toBe(values.filter((value) => value <= edge).length);
        }
      }),
    );
  });

  it('stay below 1 KB, whatever the values', () => {
    fc.assert(
      fc.property(cells, fc.double({ min: -300, max: 300, noNaN: true }), (values, power) => {
        const scaled = values.map((value) => value * 10 ** power);
        fc.pre(scaled.every((value) => Number.isNaN(value) || Number.isFinite(value)));
        expect(JSON.stringify(profileNumbers('windspeed', 'numeric', scaled)).length).toBeLessThanOrEqual(1024);
      }),
    );
    fc.assert(
      fc.property(words, (values) => {
        expect(Buffer.byteLength(JSON.stringify(profileColumn(categorical(values))))).toBeLessThanOrEqual(2048);
      }),
    );
  });

  it('add up to the profile of all rows', () => {
    fc.assert(
      fc.property(cells, cells, cells, (like, a, b) => {
        const { edges } = profileNumbers('x', 'numeric', like);
        const merged = mergeColumns(
          profileNumbers('x', 'numeric', a, edges),
          profileNumbers('x', 'numeric', b, edges),
        ) as NumericProfile;
        const whole = profileNumbers('x', 'numeric', Float64Array.of(...a, ...b), edges);
        const { mean, std, points, ...rest } = merged;
        const { mean: wholeMean, std: wholeStd, points: _, ...wholeRest } = whole;
        expect(rest).toEqual(wholeRest);
        expect(mean).toBeCloseTo(wholeMean, 5);
        expect(std).toBeCloseTo(wholeStd, 2);
      }),
    );
    fc.assert(
      fc.property(words, words, words, (like, a, b) => {
        const reference = profileColumn(categorical(like));
        const merged = mergeColumns(profileColumn(categorical(a), reference), profileColumn(categorical(b), reference));
        expect(merged).toEqual(profileColumn(categorical([...a, ...b]), reference));
      }),
    );
  });

  it('refuse to add what has other edges', () => {
    const a = profileNumbers('x', 'numeric', Float64Array.of(1, 2));
    const b = profileNumbers('x', 'numeric', Float64Array.of(1, 3));
    expect(() => mergeColumns(a, b)).toThrow('different edges');
  });
});

describe('figures from profiles', () => {
  it('have a Kolmogorov-Smirnov statistic too small by at most the share of the fullest bin', () => {
    fc.assert(
      fc.property(present, present, (a, b) => {
        const reference = profileNumbers('x', 'numeric', a);
        const current = profileNumbers('x', 'numeric', b, reference.edges);
        const exact = kolmogorovSmirnov(a, b).statistic;
        const found = gapAtEdges(reference, current);
        const widest = Math.max(
          ...reference.counts.map((count) => count / a.length),
          ...current.counts.map((count) => count / b.length),
        );
        expect(found).toBeLessThanOrEqual(exact + 1e-12);
        expect(exact - found).toBeLessThanOrEqual(widest + 1e-12);
      }),
    );
  });

  it('have a Wasserstein distance off by at most what moves within the bins', () => {
    fc.assert(
      fc.property(present, present, (a, b) => {
        const reference = profileNumbers('x', 'numeric', a);
        const current = profileNumbers('x', 'numeric', b, reference.edges);
        const exact = wassersteinDistance(a, b);
        const low = Math.min(reference.min, current.min);
        const high = Math.max(reference.max, current.max);
        const knots = [low, ...reference.edges, high];
        const bound = reference.counts.reduce(
          (sum, count, i) =>
            sum +
            Math.max(0, Math.min(high, knots[i + 1]!) - Math.max(low, knots[i]!)) *
              (count / a.length + current.counts[i]! / b.length),
          0,
        );
        expect(Math.abs(wassersteinOf(reference, current) - exact)).toBeLessThanOrEqual(bound + 1e-6);
      }),
    );
  });

  it('are exact where all values are edges', () => {
    const few = fc
      .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 100 })
      .map((v) => Float64Array.from(v));
    fc.assert(
      fc.property(few, few, (a, b) => {
        const all = profileNumbers(
          'x',
          'numeric',
          Float64Array.from({ length: 21 }, (_, i) => i),
        ).edges;
        const reference = profileNumbers('x', 'numeric', a, all);
        const current = profileNumbers('x', 'numeric', b, all);
        expect(wassersteinOf(reference, current)).toBeCloseTo(wassersteinDistance(a, b), 10);
        expect(gapAtEdges(reference, current)).toBeCloseTo(kolmogorovSmirnov(a, b).statistic, 12);
      }),
    );
  });

  it('choose the method by kind and by rows, as Evidently does', () => {
    const settings = monitoringSettings.parse({});
    const method = (make: (i: number) => number, rows: number) => {
      const profile = profileNumbers(
        'x',
        'numeric',
        Float64Array.from({ length: rows }, (_, i) => make(i)),
      );
      return compareColumns(profile, profile, settings, 0).method;
    };
    const category = (rows: number) => {
      const profile = profileColumn(categorical(Array.from({ length: rows }, (_, i) => String(i % 3))));
      return compareColumns(profile, profile, settings, 0).method;
    };
    expect([
      method(Math.sin, 1000),
      method(Math.sin, 1001),
      method((i) => i % 3, 1000),
      method((i) => i % 3, 1001),
      category(1000),
      category(1001),
    ]).toEqual(['ks', 'wasserstein', 'chi-squared', 'jensen-shannon', 'chi-squared', 'jensen-shannon']);
  });
});

describe('profiles of windows', () => {
  it('of two days are the profile of both', () => {
    const part = (from: number, to: number) => {
      const values = Float64Array.from({ length: to - from }, (_, i) => Math.sin(from + i) * 10);
      const table: Table = { nRows: to - from, columns: [{ kind: 'numeric', name: 'x', values, integer: false }] };
      const predictions: Predictions = { task: 'regression', values: values.map((v) => 2 * v) };
      const target: Target = { task: 'regression', values: values.map((v) => Math.round(2 * v)) };
      return { table, predictions, target };
    };
    const of = ({ table, predictions, target }: ReturnType<typeof part>, like?: ReturnType<typeof buildProfile>) =>
      buildProfile(table, predictions, target, like ? { like } : {});
    const reference = of(part(0, 500));
    const merged = mergeProfiles(of(part(500, 600), reference), of(part(600, 800), reference));
    const whole = of(part(500, 800), reference);
    const counts = (profile: typeof whole) =>
      JSON.stringify([...profile.columns, profile.prediction, profile.target!, profile.loss!].map((c) => c.counts));
    expect(counts(merged)).toBe(counts(whole));
    expect(merged.rows).toBe(300);
  });
});
