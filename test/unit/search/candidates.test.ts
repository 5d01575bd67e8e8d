import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modelSettings } from '../../../src/config/model-settings.ts';
import { schemaAt } from '../../../src/config/schema-walk.ts';
import { type Candidate, checkSpace, type Hyperparameter, type SearchSpace } from '../../../src/config/search-space.ts';
import { gridCandidates, randomCandidates } from '../../../src/search/candidates.ts';
import { runs } from '../../tools/effort.ts';

const bounds = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).filter(([low, high]) => low < high);
const fractions = fc
  .tuple(fc.double({ min: 1e-6, max: 0.99, noNaN: true }), fc.double({ min: 1e-6, max: 0.99, noNaN: true }))
  .filter(([low, high]) => low < high);
const space = fc.record(
  {
    'n-estimators': bounds(1, 1000).map((integer) => ({ integer })),
    'max-depth': fc.uniqueArray(fc.option(fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 4 }),
    'max-features': fractions.map((uniform) => ({ uniform })),
    'min-samples-leaf': bounds(1, 200).map((range) => ({ 'log-integer': range })),
    'min-impurity-decrease': fractions.map((range) => ({ 'log-uniform': range })),
    splitter: fc.constant(['best', 'random']),
  },
  { requiredKeys: ['splitter'] },
) as fc.Arbitrary<SearchSpace>;

test('whatever is drawn lies in its list or range and is a value that model takes', () => {
  fc.assert(
    fc.property(space, fc.integer({ min: 1, max: 30 }), fc.nat(1000), (of, count, seed) => {
      const names = Object.keys(of) as Hyperparameter[];
      for (const name of names) expect(checkSpace(name, schemaAt(modelSettings, [name])!, of[name])).toEqual([]);
      for (const candidate of randomCandidates(of, count, seed, {})) {
        expect(Object.keys(candidate).sort()).toEqual([...names].sort());
        expect(modelSettings.safeParse(candidate).error).toBeUndefined();
        for (const [name, value] of Object.entries(candidate) as [Hyperparameter, number][]) {
          const listed = of[name]!;
          if (Array.isArray(listed)) expect(listed).toContain(value);
          else {
            const [[low, high]] = Object.values(listed) as [[number, number]];
            expect(value).toBeGreaterThanOrEqual(low);
            expect(value).toBeLessThanOrEqual(high);
          }
        }
      }
    }),
    { numRuns: runs(100) },
  );
});

test('a seed draws the same candidates, no two alike, and a longer search begins as a shorter one', () => {
  fc.assert(
    fc.property(space, fc.nat(1000), (of, seed) => {
      const [long] = [randomCandidates(of, 40, seed, {})];
      expect(randomCandidates(of, 40, seed, {})).toEqual(long);
      expect(new Set(long.map((c) => JSON.stringify(c))).size).toBe(long.length);
      const isWholeGrid = Object.values(of).every(Array.isArray);
      if (!isWholeGrid) expect(randomCandidates(of, 5, seed, {})).toEqual(long.slice(0, 5));
    }),
    { numRuns: runs(50) },
  );
});

test('draws spread evenly over a range, and over its logarithm', () => {
  const of: SearchSpace = {
    'max-depth': { integer: [1, 10] },
    'n-estimators': { 'log-integer': [1, 1023] },
    'max-features': { uniform: [0.1, 0.9] },
  };
  const drawn = randomCandidates(of, 1000, 0, {});
  const share = (holds: (candidate: Candidate) => boolean): number => drawn.filter(holds).length / drawn.length;
  expect(share((c) => c['max-depth']! <= 5)).toBeCloseTo(0.5, 1);
  expect(share((c) => c['max-depth'] === 10)).toBeCloseTo(0.1, 1);
  expect(share((c) => c['n-estimators']! < 32)).toBeCloseTo(0.5, 1);
  expect(share((c) => (c['max-features'] as number) < 0.3)).toBeCloseTo(0.25, 1);
  // Four digits, for people.
  expect(drawn.every((c) => String(c['max-features']).length <= 6)).toBe(true);
});

test('a grid has every combination once, the last name changing fastest', () => {
  const grid = gridCandidates({ splitter: ['best', 'random'], 'max-depth': [4, null] });
  expect(grid).toEqual([
    { 'max-depth': 4, splitter: 'best' },
    { 'max-depth': 4, splitter: 'random' },
    { 'max-depth': null, splitter: 'best' },
    { 'max-depth': null, splitter: 'random' },
  ]);
});

test('a space with fewer combinations than trials is tried whole', () => {
  const all = (of: SearchSpace): unknown[] =>
    randomCandidates(of, 20, 0, { bootstrap: true }).map((c) => Object.values(c)[0]);
  expect(all({ bootstrap: [true, false] })).toEqual([true, false]);
  expect(all({ 'max-depth': { integer: [3, 6] } }).sort()).toEqual([3, 4, 5, 6]);
});
