import type { StepName } from '../../config/feature-steps.ts';
import type { StepKind } from '../step-kind.ts';
import { bins } from './bins.ts';
import { clip } from './clip.ts';
import { cross } from './cross.ts';
import { date } from './date.ts';
import { dedupe } from './dedupe.ts';
import { drop } from './drop.ts';
import { expression } from './expression.ts';
import { filter } from './filter.ts';
import { frequency } from './frequency.ts';
import { impute } from './impute.ts';
import { lag } from './lag.ts';
import { log1p } from './log1p.ts';
import { oneHot } from './one-hot.ts';
import { ordinal } from './ordinal.ts';
import { power } from './power.ts';
import { rare } from './rare.ts';
import { rename } from './rename.ts';
import { scale } from './scale.ts';
import { targetEncode } from './target-encode.ts';
import { text } from './text.ts';

/** Every step by its name in mlops.yaml. */
const STEPS: { readonly [Name in StepName]: StepKind<Name, unknown> } = {
  impute,
  clip,
  log1p,
  power,
  scale,
  bins,
  'one-hot': oneHot,
  ordinal,
  rare,
  frequency,
  'target-encode': targetEncode,
  date,
  text,
  expression,
  cross,
  drop,
  rename,
  filter,
  dedupe,
  lag,
};

/** The step of a name; the settings and states that it is given are its own. */
export function stepKind(name: StepName): StepKind<StepName, unknown> {
  return STEPS[name] as StepKind<StepName, unknown>;
}
