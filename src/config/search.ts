import { z } from 'zod';
import { inputSchema } from './expectation.ts';
import { modelSettings } from './model-settings.ts';
import { schemaAt } from './schema-walk.ts';
import { checkSearch } from './search-checks.ts';
import { checkSpace, HYPERPARAMETERS, type Hyperparameter, type ParameterSpace } from './search-space.ts';

const name = z.string().min(1);
type Json = Record<string, unknown>;

/** What is tried for one hyperparameter: a list of its values, or a range. */
function parameterSpace(parameter: Hyperparameter) {
  const values = schemaAt(modelSettings, [parameter])!;
  const bounds = { type: 'array', minItems: 2, maxItems: 2, items: { type: 'number' } };
  const ranges = ['integer', 'log-integer', 'uniform', 'log-uniform'].map((kind) => ({
    type: 'object',
    properties: { [kind]: bounds },
    required: [kind],
    additionalProperties: false,
  }));
  const { $schema: _, default: _default, description: _description, ...items } = inputSchema(values) as Json;
  return z
    .custom<ParameterSpace>()
    .superRefine((given, context) => {
      for (const { path, problem } of checkSpace(parameter, values, given)) {
        context.addIssue({ code: 'custom', path: [...path], message: problem, input: given });
      }
    })
    .meta({ anyOf: [{ type: 'array', minItems: 1, items }, ...ranges] })
    .optional()
    .describe(`What is tried for model.${parameter}: a list of values, or a range.`);
}

const parameterSpaces = Object.fromEntries(
  HYPERPARAMETERS.map((parameter) => [parameter, parameterSpace(parameter)]),
) as Record<Hyperparameter, ReturnType<typeof parameterSpace>>;

/** `search.split`: folds of the training rows, by the same principle as `data.split`. */
const foldSettings = z
  .strictObject({
    method: z
      .enum(['auto', 'k-fold', 'stratified', 'group', 'time'])
      .default('auto')
      .describe('How rows are put into folds. auto: as data.split holds rows out.'),
    folds: z.int().min(2).max(100).default(5).describe('Number of folds: each trial grows so many forests.'),
    column: name.optional().describe('The column to group by (group); default: data.split.column.'),
    gap: z
      .number()
      .min(0)
      .optional()
      .describe('Days left out between training and validation rows (time); default: data.split.gap.'),
  })
  .prefault({});

const halvingSettings = z.strictObject({
  factor: z.number().gt(1).default(3).describe('Of how many trials one goes on, with so many times the resources.'),
  resource: z.enum(['rows', 'n-estimators']).default('rows').describe('What a trial gets more of from round to round.'),
  'min-resources': z
    .union([z.enum(['exhaust', 'smallest']), z.int().min(1)])
    .default('exhaust')
    .describe('Resources of the first round. exhaust: so many that the last round uses as much as it may.'),
  'max-resources': z
    .int()
    .min(1)
    .optional()
    .describe('Most resources of a trial; default: all training rows, or model.n-estimators.'),
});

/** `search` of mlops.yaml: which hyperparameters are tried, and how they are compared. */
export const searchSettings = z
  .strictObject({
    mode: z
      .enum(['on', 'off'])
      .default('on')
      .describe('on: search before the model is trained. off: train with the settings of model.'),
    method: z
      .enum(['grid', 'random', 'halving'])
      .default('random')
      .describe(
        'grid: every combination. random: trials drawn by chance. halving: the same, the best go on with more resources.',
      ),
    parameters: z
      .strictObject(parameterSpaces)
      .optional()
      .describe('What is tried, by the name of the setting of model.'),
    trials: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Number of combinations that are drawn (random, halving), beside the settings of model; default: 20.'),
    metric: name
      .default('auto')
      .describe('The metric that decides, as evaluation.primary-metric. auto: that of evaluation.'),
    split: foldSettings.describe('How training rows are put into folds; rows held out for evaluation are never used.'),
    halving: halvingSettings.optional().describe("Successive halving, under the names of scikit-learn's."),
    'random-state': z.int().min(0).optional().describe('Seed of trials and folds; default: model.random-state.'),
    'max-time-minutes': z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .describe('Stop searching after this time and take the best so far.'),
  })
  .superRefine((search, context) => {
    for (const { path, problem } of checkSearch(search)) {
      context.addIssue({ code: 'custom', path: [...path], message: problem, input: search });
    }
  });

export const DEFAULT_TRIALS = 20;

export type SearchSettings = z.output<typeof searchSettings>;
export type FoldSettings = SearchSettings['split'];
export type HalvingSettings = z.output<typeof halvingSettings>;

/** scikit-learn's defaults, where mlops.yaml has no `search.halving`. */
export function halvingOf(search: SearchSettings): HalvingSettings {
  return search.halving ?? halvingSettings.parse({});
}
