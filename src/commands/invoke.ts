import { z } from 'zod';
import { faultsOf } from '../config/fault.ts';
import { type LoadedProject, loadProject, type Override } from '../config/load-project.ts';
import { valueFromText } from '../config/text-value.ts';
import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import { SettingsError } from '../errors/settings-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import type { CommandDefinition, CommandResult } from './command.ts';
import type { CommandContext } from './context.ts';

/** Texts by input name, as the runner or the command line gives them; an empty text is an input that was not given. */
export type GivenInputs = Readonly<Record<string, string>>;

/** Inputs that every command has. */
export const CONFIG_INPUT = 'config';

/**
 * Checks the inputs of a command against its schema and mlops.yaml, then runs it.
 *
 * @throws INPUT_INVALID, CONFIG_INVALID with all faults at once, and what the command throws
 */
export async function invoke(
  command: CommandDefinition,
  given: GivenInputs,
  context: CommandContext,
): Promise<CommandResult> {
  const { inputs, loaded } = await readInputs(command, given, context.cwd);
  try {
    return await command.run(inputs, loaded.project, context, loaded);
  } catch (error) {
    throw error instanceof SettingsError && loaded.place ? error.placed(loaded.place) : error;
  }
}

async function readInputs(
  command: CommandDefinition,
  given: GivenInputs,
  cwd: string,
): Promise<{ inputs: Record<string, unknown>; loaded: LoadedProject }> {
  const faults: string[] = [];
  const known = [CONFIG_INPUT, ...Object.keys(command.inputs)];
  const present = Object.entries(given).filter(([, text]) => text.trim() !== '');
  for (const [name] of present) {
    if (!known.includes(name)) {
      faults.push(
        `"${name}" is not an input of ${command.name}.${didYouMean(name, known)} Inputs: ${listSome(known, 40)}`,
      );
    }
  }

  const overrides: Override[] = [];
  const own: Record<string, unknown> = {};
  const ownShape: Record<string, z.ZodType> = {};
  for (const [name, spec] of Object.entries(command.inputs)) {
    const text = given[name];
    const value = text === undefined || text.trim() === '' ? undefined : await valueFromText(spec.schema, text);
    if (spec.field) {
      if (value !== undefined) overrides.push({ path: spec.field, input: name, value });
    } else {
      ownShape[name] = spec.schema;
      if (value !== undefined) own[name] = value;
    }
  }
  const ownSchema = z.strictObject(ownShape);
  const parsed = ownSchema.safeParse(own);
  if (!parsed.success) {
    faults.push(...faultsOf(ownSchema, own, parsed.error).map((fault) => `"${fault.path.join('.')}" ${fault.problem}`));
  }

  const loaded = await loadAndCollect(cwd, given[CONFIG_INPUT]?.trim() || undefined, overrides, faults);
  for (const [name, spec] of Object.entries(command.inputs)) {
    if (spec.required && spec.field && valueAt(loaded.project, spec.field) === undefined) {
      faults.push(`"${name}" is missing: give it as an input, or set ${spec.field.join('.')} in mlops.yaml`);
    }
  }
  throwFaults('INPUT_INVALID', faults);
  return { inputs: parsed.data as Record<string, unknown>, loaded };
}

/** Faults of mlops.yaml come together with those of the inputs: one error names them all. */
async function loadAndCollect(
  cwd: string,
  file: string | undefined,
  overrides: readonly Override[],
  faults: readonly string[],
): Promise<LoadedProject> {
  try {
    return await loadProject(cwd, file, overrides);
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    throw faults.length === 0 ? error : new MlopsError(error.code, [...faults, ...error.faults], { cause: error });
  }
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root);
}
