import { stringify } from 'yaml';
import type { ColumnSummary } from '../data/describe.ts';
import type { Guess } from './guess-project.ts';

/** The text of a first mlops.yaml: what was guessed, why, and what else could be said, as comments. */
export function projectText(project: {
  readonly name: string;
  readonly sources: readonly string[];
  readonly guess: Guess;
  readonly columns: readonly ColumnSummary[];
  readonly nRows: number;
}): string {
  const { guess, sources } = project;
  const lines = [
    '# What this project learns, from which table, and how it is judged. Every line can be overridden by an input of an',
    '# action or a flag of the command line. Paths are relative to the working directory.',
    `name: ${scalar(project.name)}`,
    '',
    'data:',
    sources.length === 1 ? `  source: ${scalar(sources[0]!)}` : `  source: [${sources.map(scalar).join(', ')}]`,
    `  target: ${scalar(guess.target)}  # ${guess.targetReason}`,
    ...(guess.time === undefined
      ? ['  # time: a column that says when a row happened; the newest rows are then held out for evaluation']
      : [`  time: ${scalar(guess.time)}  # the newest rows are held out for evaluation`]),
    ...(guess.exclude.length === 0
      ? ['  # exclude: [columns that are known only after the fact, or identify a row]']
      : ['  exclude:', ...guess.exclude.map((e) => `    - ${scalar(e.column)}  # ${e.reason}`)]),
    '',
    'model:',
    `  task: ${guess.task}`,
    '  n-estimators: 100',
    '  random-state: 0  # same data, settings and seed: the same model, byte by byte',
    '',
    '# Limits beside the gates that are always on: better than the baseline, and no worse than what is in production.',
    '# gates:',
    `#   - metric: ${guess.task === 'regression' ? 'r2' : 'f1_macro'}`,
    '#     min: 0.8',
    '',
    '# Where runs and models are kept; an MLflow server instead: http://host:5000',
    'tracking:',
    '  tracking-uri: sqlite:///mlflow.db',
    '',
    '# Where versions are deployed, in the order of promotion.',
    'environments:',
    '  staging:',
    '    promotion: auto  # as soon as the gates are passed',
    '  production:',
    '    promotion: manual  # by a person: mlops promote --model … --environment production --reason …',
    '    requires: staging',
    '',
    '# Files without the target that are scored with the model in production.',
    '# batch:',
    '#   source: incoming/*.csv',
    '',
    'retrain:',
    '  every: 30d',
    '  on-drift: true',
  ];
  return `${lines.join('\n')}\n`;
}

/** A name as YAML reads it back, quoted where it must be. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN', singleQuote: false }).trimEnd();
}
