import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FEATURE_STEPS } from '../../../src/config/feature-steps.ts';
import { featureSettings } from '../../../src/config/features.ts';
import { NUMBER_FUNCTIONS, OTHER_FUNCTIONS } from '../../../src/features/expression/functions.ts';

const guide = readFileSync(resolve(import.meta.dirname, '../../../docs/features.md'), 'utf8');

test('docs/features.md has a row for each step, in the order of the settings, and no other', () => {
  const rows = [...guide.matchAll(/^\| `([\w-]+)` \|[^|]*\|[^|]*\|[^|]*\|$/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(FEATURE_STEPS));
});

test('docs/features.md names every function of formulas', () => {
  const table = guide.slice(guide.indexOf('| Function |'), guide.indexOf('A comparison with'));
  const named = [...table.matchAll(/`([a-z_0-9]+)(?:\(|`)/g)].map(([, name]) => name);
  expect([...new Set(named)].sort()).toEqual(
    [...Object.keys(NUMBER_FUNCTIONS), ...Object.keys(OTHER_FUNCTIONS)].sort(),
  );
});

test('what docs/features.md shows of mlops.yaml is valid', () => {
  const blocks = [...guide.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => parse(text!) as { features: unknown });
  expect(blocks.length).toBe(3);
  for (const { features } of blocks) expect(featureSettings.safeParse(features).error?.issues).toBeUndefined();
});
