import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeForest } from '../../../src/forest/codec.ts';
import type { ForestParams, TrainingSet } from '../../../src/forest/engine.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { mixedSet } from './small-sets.ts';

/** Numbers with more values than bins and with few, categories, missing cells; each a forest of its own. */
const CASES: Record<string, Partial<ForestParams>> = {
  defaults: {},
  'best first': { maxLeafNodes: 12 },
  'extremely randomised': { splitter: 'random', bootstrap: false },
  'extremely randomised, best first': { splitter: 'random', maxLeafNodes: 12 },
  'few bins': { maxBins: 16 },
  'shares of rows and features': { maxSamples: 0.6, maxFeatures: 0.7, minSamplesLeaf: 0.01, minSamplesSplit: 0.05 },
  'least decrease and depth': { minImpurityDecrease: 0.001, maxDepth: 6 },
  'another seed': { randomState: 2 ** 40 + 7 },
};
const CLASS_CASES: Record<string, Partial<ForestParams>> = {
  ...CASES,
  entropy: { criterion: 'entropy' },
  'entropy, best first': { criterion: 'entropy', maxLeafNodes: 12 },
  balanced: { classWeight: 'balanced' },
  'balanced in each tree': { classWeight: 'balanced_subsample' },
};

const sets: [name: string, set: TrainingSet, cases: Record<string, Partial<ForestParams>>][] = [
  ['regression', mixedSet(401, 'regression', 21), CASES],
  ['two classes', mixedSet(401, 'classification', 22, 2), CLASS_CASES],
  ['seven classes', mixedSet(401, 'classification', 23, 7), CLASS_CASES],
];

describe('a forest has the bytes that every machine has given so far', () => {
  it('(after a change that is meant to change trees: `npx vitest run test/unit/forest/determinism -u`)', async () => {
    const digests: Record<string, Record<string, string>> = {};
    for (const [name, plain, cases] of sets) {
      const sampleWeight = Float64Array.from({ length: plain.features.nRows }, (_, i) => 0.3 + ((i * 37) % 101) / 50);
      const weighted = { ...plain, sampleWeight };
      const digestOf = async (set: TrainingSet, params: Partial<ForestParams>): Promise<string> => {
        const all = { ...defaultParams(set.target.task), nEstimators: 10, ...params };
        const bytes = encodeForest(await fitForest(set, all, { nJobs: 1 }));
        return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      };
      digests[name] = { weights: await digestOf(weighted, {}) };
      for (const [of, params] of Object.entries(cases)) digests[name][of] = await digestOf(plain, params);
    }
    const all = Object.values(digests).flatMap((of) => Object.values(of));
    expect(new Set(all).size, 'no two settings give the same forest').toBe(all.length);
    await expect(`${JSON.stringify(digests, null, 2)}\n`).toMatchFileSnapshot('golden-digests.json');
  });
});

/** What ECMAScript defines to the last bit, beside + - * / and whole numbers. */
const EXACT = ['abs', 'ceil', 'clz32', 'floor', 'fround', 'imul', 'max', 'min', 'round', 'sign', 'sqrt', 'trunc'];
const CONSTANTS = ['LOG2E', 'SQRT2'];

const forestFolder = join(import.meta.dirname, '../../../src/forest');

/** The modules that run when a forest is fitted, as far as they compute anything. */
function fittingModules(): string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path) || !path.startsWith(forestFolder)) return;
    found.add(path);
    for (const [, from] of readFileSync(path, 'utf8').matchAll(/^import (?!type )[^;]*?from '(\.[^']+)';/gm)) {
      visit(join(dirname(path), from!));
    }
  };
  for (const name of ['fit.ts', 'forest-worker.ts']) visit(join(forestFolder, name));
  return [...found].sort();
}

describe('fitting computes what IEEE 754 fixes', () => {
  const modules = fittingModules().map((path) => {
    const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    return [relative(forestFolder, path), text] as const;
  });

  it('in the modules that grow trees', () => {
    const names = modules.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['assemble.ts', 'bins.ts', 'fit.ts', 'grow-tree.ts', 'random.ts']));
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(modules)('%s', (_, text) => {
    const functions = [...text.matchAll(/Math\.(\w+)/g)].map(([, name]) => name!);
    expect(functions.filter((name) => !EXACT.includes(name) && !CONSTANTS.includes(name))).toEqual([]);
    // A power of 2 with a whole exponent is exact.
    expect([...text.matchAll(/(\S+) \*\* (\S+)/g)].filter(([power]) => !/^2 \*\* \d/.test(power))).toEqual([]);
    expect([...text.matchAll(/Math\[|Date\b|Intl\b|crypto|toLocale\w+|localeCompare/g)].map(([word]) => word)).toEqual(
      [],
    );
  });
});
