import { z } from 'zod';

const feature = 'features looked at for each split';

/** `model:` of mlops.yaml: scikit-learn's hyperparameters under its names and with its defaults. */
export const modelSettings = z
  .strictObject({
    task: z
      .enum(['auto', 'classification', 'regression'])
      .default('auto')
      .describe('What is predicted. auto: regression for a number with many values, else classification.'),
    engine: z.enum(['native', 'ml-random-forest']).default('native').describe('The program that grows the forest.'),
    'n-estimators': z.int().min(1).max(100_000).default(100).describe('Number of trees.'),
    criterion: z
      .enum(['auto', 'gini', 'entropy', 'squared_error'])
      .default('auto')
      .describe('Measure of a split. auto: gini for classification, squared_error for regression.'),
    'max-depth': z.int().min(1).nullable().default(null).describe('Deepest level of a tree; null: until pure.'),
    'max-features': z
      .union([z.enum(['auto', 'sqrt', 'log2', 'all']), z.number().gt(0)])
      .default('auto')
      .describe(
        `Number (from 1 up) or share (below 1) of ${feature}. auto: sqrt for classification, all for regression.`,
      ),
    'min-samples-split': z.int().min(2).default(2).describe('Fewest rows of a node that is split.'),
    'min-samples-leaf': z.int().min(1).default(1).describe('Fewest rows of a leaf.'),
    'max-leaf-nodes': z.int().min(2).nullable().default(null).describe('Most leaves of a tree, best splits first.'),
    'min-impurity-decrease': z.number().min(0).default(0).describe('Least weighted decrease of impurity of a split.'),
    bootstrap: z.boolean().default(true).describe('Draw rows with replacement for each tree.'),
    'max-samples': z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .describe('Rows drawn for each tree: a number above 1, or a share of the rows; null: as many as there are.'),
    'class-weight': z
      .union([z.enum(['balanced', 'balanced_subsample']), z.record(z.string(), z.number().gt(0))])
      .nullable()
      .default(null)
      .describe('Weight of each class: balanced, balanced_subsample, or a mapping from class to weight.'),
    splitter: z.enum(['best', 'random']).default('best').describe('random: extremely randomised trees.'),
    'max-bins': z.int().min(2).max(255).default(255).describe('Most bins of a numeric feature.'),
    'random-state': z.int().min(0).default(0).describe('Seed. Same data, settings and seed give the same model.'),
    'n-jobs': z.int().min(-1).default(-1).describe('Worker threads; -1: one a core. Does not change the model.'),
    'max-train-time-minutes': z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .describe('Stop growing after this time and keep the whole trees that are there.'),
  })
  .prefault({});

export type ModelSettings = z.output<typeof modelSettings>;
