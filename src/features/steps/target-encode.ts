import { z } from 'zod';
import type { StepSettings } from '../../config/feature-steps.ts';
import type { Column } from '../../data/table.ts';
import type { Target } from '../../data/target.ts';
import { categoryCodes, categoryNumbers, countCategories, MISSING } from '../categories.ts';
import { chooseColumns } from '../choose-columns.ts';
import { numericColumn } from '../column-cells.ts';
import { addMoments, type Moments, momentsOf, takeMoments } from '../moments.ts';
import { shuffledFolds } from '../shuffled-folds.ts';
import type { LearnedOperation, StepKind } from '../step-kind.ts';

const state = z.strictObject({
  categories: z.union([z.array(z.string()), z.array(z.number())]),
  /** One for each output. */
  targets: z.array(z.strictObject({ values: z.array(z.number()), missing: z.number(), unknown: z.number() })),
});

export type TargetEncodeState = z.output<typeof state>;

/**
 * Categories become what the target is on average where they stand, drawn to the mean of all the more the fewer rows they have.
 * A training row is encoded by rows of the other folds, so that its own target does not come back as a feature; later rows
 * by all training rows.
 *
 * Source  Micci-Barreca 2001, ACM SIGKDD Explorations 3(1)
 */
export const targetEncode: StepKind<'target-encode', TargetEncodeState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['categorical', 'numeric']);
    const targets = numericTargets(context.target);
    const folds = shuffledFolds(context.target, settings.folds, context.seed);
    const operations = columns.map((column): LearnedOperation<TargetEncodeState> => {
      const { categories } = countCategories(column);
      const outputs = targets.map(({ suffix }) => column.name + settings.suffix + suffix);
      const codes = categoryCodes(column, categories).map((code) => (code === MISSING ? categories.length : code));
      const learned = targets.map(({ values }) =>
        encode({ codes, width: categories.length + 1, values, folds, settings }),
      );
      return {
        inputs: [column.name],
        outputs,
        state: { categories: categories as string[], targets: learned.map(({ all }) => all) },
        training: learned.map(({ training }, i) => numericColumn(outputs[i]!, training)),
      };
    });
    const replaced = targets.length > 1 && settings.suffix === '';
    return { operations, removed: replaced ? columns.map(({ name }) => name) : [] };
  },
  apply({ state: { categories, targets }, outputs }, [column]) {
    return targets.map(
      (target, i): Column =>
        numericColumn(outputs[i]!, categoryNumbers(column!, { categories, values: target.values }, target)),
    );
  },
};

/** The target itself, whether it is the second of two classes, or whether it is each of several. */
function numericTargets(target: Target): { suffix: string; values: Float64Array }[] {
  if (target.task === 'regression') return [{ suffix: '', values: target.values }];
  const { classes, codes } = target;
  const isClass = (k: number) => Float64Array.from(codes, (code) => (code === k ? 1 : 0));
  if (classes.length === 2) return [{ suffix: '', values: isClass(1) }];
  return classes.map((label, k) => ({ suffix: `.${label}`, values: isClass(k) }));
}

interface Encoding {
  /** Category of each row; the last one is that of missing cells. */
  readonly codes: Int32Array;
  readonly width: number;
  readonly values: Float64Array;
  readonly folds: Int32Array;
  readonly settings: Pick<StepSettings<'target-encode'>, 'smooth' | 'folds'>;
}

function encode({ codes, width, values, folds, settings: { smooth, folds: nFolds } }: Encoding) {
  // The moments of each category in each fold: those of the other folds are put together from them.
  const cells = new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row++) cells[row] = folds[row]! * width + codes[row]!;
  const byFold = momentsOf(values, cells, nFolds * width);
  const totals = momentsOf(values, folds, nFolds);
  const without = (left: number): Float64Array => {
    let categories: Moments | undefined;
    let total: Moments | undefined;
    for (let fold = 0; fold < nFolds; fold++) {
      if (fold === left) continue;
      categories = addMoments(categories, takeMoments(byFold, fold * width, width));
      total = addMoments(total, takeMoments(totals, fold, 1));
    }
    return smoothed(categories!, total!, smooth);
  };
  const all = without(-1);
  const mean = all[width]!;
  const ofFold = Array.from({ length: nFolds }, (_, fold) => without(fold));
  const training = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row++) training[row] = ofFold[folds[row]!]![codes[row]!]!;
  const numbers = Array.from(all.subarray(0, width - 1));
  return { training, all: { values: numbers, missing: all[width - 1]!, unknown: mean } };
}

/** The encoding of each category, and last the mean of all, which categories without rows get. */
function smoothed(categories: Moments, total: Moments, smooth: 'auto' | number): Float64Array {
  const mean = total.mean[0]!;
  const variance = total.squares[0]! / total.count[0]!;
  const encoded = new Float64Array(categories.count.length + 1).fill(mean);
  for (const [i, count] of categories.count.entries()) {
    if (count === 0) continue;
    const own = categories.mean[i]!;
    if (smooth === 'auto') {
      const weight = (variance * count) / (variance * count + categories.squares[i]! / count);
      if (!Number.isNaN(weight)) encoded[i] = weight * own + (1 - weight) * mean;
    } else encoded[i] = (own * count + smooth * mean) / (count + smooth);
  }
  return encoded;
}
