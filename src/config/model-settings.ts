import { z } from 'zod';

const feature = 'features looked at for each split';
const level = z.number().gt(0).lt(1);

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
        `Number (from 1 up) or share (below 1) of ${feature}; 1, also written 1.0, is one feature. auto: sqrt for classification, all for regression.`,
      ),
    'min-samples-split': z
      .union([z.int().min(2), z.number().gt(0).max(1)])
      .default(2)
      .describe('Fewest rows of a node that is split: a number from 2 up, or a share of the rows up to 1.'),
    'min-samples-leaf': z
      .union([z.int().min(1), z.number().gt(0).lt(1)])
      .default(1)
      .describe('Fewest rows of a leaf: a number from 1 up, or a share of the rows below 1.'),
    'max-leaf-nodes': z.int().min(2).nullable().default(null).describe('Most leaves of a tree, best splits first.'),
    'min-impurity-decrease': z
      .number()
      .min(0)
      .default(0)
      .describe('Least decrease of impurity by a split, weighted by the share of rows that reach it.'),
    bootstrap: z.boolean().default(true).describe('Draw rows with replacement for each tree.'),
    'max-samples': z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .describe(
        'Rows drawn for each tree: a number above 1, or a share of the rows up to 1; 1, also written 1.0, and null are as many as there are.',
      ),
    'class-weight': z
      .union([z.enum(['balanced', 'balanced_subsample']), z.record(z.string(), z.number().gt(0))])
      .nullable()
      .default(null)
      .describe(
        'Weight of each class: balanced, balanced_subsample, or a mapping from class to weight, in which a class that is not named weighs 1.',
      ),
    splitter: z
      .enum(['best', 'random'])
      .default('best')
      .describe("random: extremely randomised trees; scikit-learn's ExtraTrees are that with bootstrap: false."),
    'max-bins': z.int().min(2).max(255).default(255).describe('Most bins of a numeric feature.'),
    'random-state': z.int().min(0).default(0).describe('Seed. Same data, settings and seed give the same model.'),
    'oob-score': z
      .boolean()
      .default(false)
      .describe('Score the forest on rows that its trees did not draw (out of bag), and record oob_score and metrics.'),
    calibration: z
      .enum(['isotonic', 'sigmoid'])
      .nullable()
      .default(null)
      .describe(
        'Calibrate the probabilities of classes on out-of-bag predictions: isotonic (from about 1,000 rows), sigmoid (Platt); null: as the trees give them.',
      ),
    'prediction-intervals': z
      .union([level, z.array(level).length(2)])
      .nullable()
      .default(null)
      .describe(
        'Bounds beside each predicted number, quantiles of a quantile forest: their two levels, or the share of rows between them such as 0.9; best with min-samples-leaf from 5 up. The model keeps 1 to 4 bytes more for each row and tree. null: none.',
      ),
    export: z
      .enum(['all', 'native-only'])
      .default('all')
      .describe(
        "Flavors of the model directory. native-only: neither ONNX nor MLflow's python_function, for features that ONNX cannot say.",
      ),
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
