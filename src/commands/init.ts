import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { describeColumns } from '../data/describe.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { defineCommand, field, input } from './command.ts';
import type { CommandContext } from './context.ts';
import { guessProject } from './guess-project.ts';
import { loadData, sourcesOf } from './load-data.ts';
import { projectText } from './project-text.ts';
import { modelName } from './session.ts';

const PROJECT_FILE = 'mlops.yaml';
const WORKFLOWS = '.github/workflows';
/** The templates lie two folders up from the sources as from the bundle. */
const TEMPLATES = join(import.meta.dirname, '..', '..', 'workflows-templates');

export const init = defineCommand({
  name: 'init',
  summary: 'Write mlops.yaml and the workflows for the CSV at hand.',
  description:
    'Looks at the table, guesses target, task, time column and what must not be a feature, and writes a commented mlops.yaml and ready workflows. Files that are there are never overwritten.',
  inputs: {
    data: field('data.source', { required: true, example: 'data/hours.csv' }),
    target: input(z.string().min(1).optional(), 'The column to predict; default: guessed.', 'cnt'),
    name: field('name', { example: 'bikes' }),
    workflows: input(z.boolean().default(true), `Write the workflows into ${WORKFLOWS} as well.`),
  },
  outputs: { files: 'The files written.', target: 'The column to predict.', task: 'classification or regression.' },
  run: async (inputs, project, context) => {
    const sources = sourcesOf(project.data.source!);
    const workflows = inputs.workflows ? await templates() : [];
    const files = [PROJECT_FILE, ...workflows.map((name) => join(WORKFLOWS, name))];
    await refuseExisting(context, files);

    // Whatever is nested is excluded from the project.
    const { table, leftOut } = await loadData(project, context, sources, { exclude: { includes: () => true } });
    const columns = describeColumns(table);
    const guessed = guessProject(table, columns, inputs.target);
    const nested = leftOut.map((column) => ({ column, reason: 'holds lists, objects or bytes' }));
    const guess = { ...guessed, exclude: [...guessed.exclude, ...nested] };
    const name = modelName(project);
    await writeNew(context, PROJECT_FILE, projectText({ name, sources, guess, columns, nRows: table.nRows }));
    for (const workflow of workflows) {
      await writeNew(context, join(WORKFLOWS, workflow), await readFile(join(TEMPLATES, workflow), 'utf8'));
    }
    return {
      outputs: { files, target: guess.target, task: guess.task },
      summary: {
        title: `A project for ${name}`,
        facts: [
          { label: 'target', value: guess.target, note: guess.targetReason },
          { label: 'task', value: guess.task },
          { label: 'time', value: guess.time ?? 'none' },
        ],
        sections: [
          ...(guess.exclude.length === 0
            ? []
            : [
                {
                  title: 'Not features',
                  blocks: [{ kind: 'list' as const, items: guess.exclude.map((e) => `${e.column}: ${e.reason}`) }],
                },
              ]),
          { title: 'Files written', blocks: [{ kind: 'list' as const, items: files }] },
        ],
      },
      next: [`look through ${PROJECT_FILE}`, 'mlops pipeline'],
    };
  },
});

async function templates(): Promise<string[]> {
  return (await readdir(TEMPLATES)).filter((name) => name.endsWith('.yml')).sort();
}

async function refuseExisting(context: CommandContext, files: readonly string[]): Promise<void> {
  const present: string[] = [];
  for (const file of files) {
    const there = await access(resolve(context.cwd, file)).then(
      () => true,
      () => false,
    );
    if (there) present.push(`${file} is there already and is not overwritten; remove it first`);
  }
  if (present.length > 0) throw new MlopsError('FILE_EXISTS', present);
}

async function writeNew(context: CommandContext, path: string, text: string): Promise<void> {
  const full = resolve(context.cwd, path);
  await mkdir(join(full, '..'), { recursive: true });
  await writeFile(full, text, { flag: 'wx' });
}
