import { Command, CommanderError, Option } from 'commander';
import type { CommandDefinition } from '../commands/command.ts';
import { CONFIG_INPUT, type GivenInputs } from '../commands/invoke.ts';
import { expectation } from '../config/expectation.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean } from '../errors/suggest.ts';
import { VERSION } from '../version.ts';
import type { LogFormat } from './log.ts';

export interface CliRequest {
  readonly kind: 'command';
  readonly command: CommandDefinition;
  readonly inputs: GivenInputs;
  readonly json: boolean;
  readonly logFormat: LogFormat;
  readonly ephemeral: boolean;
}

/** Help or version: printed, nothing is run. */
export interface CliText {
  readonly kind: 'text';
  readonly text: string;
  readonly status: number;
}

type Loaders = Readonly<Record<string, () => Promise<CommandDefinition>>>;

/** @throws INPUT_INVALID for an unknown command or flag */
export async function parseArguments(argv: readonly string[], loaders: Loaders): Promise<CliRequest | CliText> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-V') return { kind: 'text', text: `${VERSION}\n`, status: 0 };
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    return { kind: 'text', text: await overview(loaders), status: name === undefined ? 2 : 0 };
  }
  // Some commands have two words: `ledger pull`.
  const pair = `${name} ${rest[0] ?? ''}`;
  if (loaders[pair]) return parseCommand(await loaders[pair](), rest.slice(1));
  const load = loaders[name];
  if (load) return parseCommand(await load(), rest);
  const names = Object.keys(loaders);
  const family = names.filter((other) => other.startsWith(`${name} `));
  if (family.length > 0) {
    throw new MlopsError('INPUT_INVALID', `"${pair.trim()}" is not a command, expected one of ${family.join(', ')}`);
  }
  throw new MlopsError('INPUT_INVALID', `"${name}" is not a command.${didYouMean(name, names)} See mlops --help`);
}

function parseCommand(definition: CommandDefinition, argv: readonly string[]): CliRequest | CliText {
  let text = '';
  const program = new Command(`mlops ${definition.name}`)
    .description(definition.description)
    .exitOverride()
    .configureOutput({ writeOut: (out) => (text += out), writeErr: () => {} })
    // Left to `invoke`, which names every fault at once.
    .allowUnknownOption()
    .allowExcessArguments();
  program.addOption(new Option('--config <file>', 'The project file; default: mlops.yaml, if it is there.'));
  for (const [name, spec] of Object.entries(definition.inputs)) {
    const allowed = expectation(spec.schema);
    const list = allowed.includes('a list');
    // Any text: the description says all there is to say.
    const note = allowed.startsWith('text ') ? '' : ` (${allowed})`;
    program.addOption(new Option(`--${name} <${list ? 'value...' : 'value'}>`, `${spec.description}${note}`));
  }
  program
    .addOption(new Option('--json', 'Print one JSON object with the outputs on standard output.'))
    .addOption(
      new Option('--log-format <format>', 'How log lines are written.').choices(['text', 'json']).default('text'),
    );
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text, status: 0 };
    throw new MlopsError('INPUT_INVALID', error.message.replace(/^error: /, ''), { cause: error });
  }
  const { json, logFormat, ...flags } = program.opts<Record<string, string | string[]>>();
  const inputs: Record<string, string> = {};
  for (const key of [CONFIG_INPUT, ...Object.keys(definition.inputs)]) {
    const value = flags[camelCase(key)];
    if (value !== undefined) inputs[key] = Array.isArray(value) ? value.join('\n') : value;
  }
  Object.assign(inputs, unknownFlags(program.args, definition.name));
  return {
    kind: 'command',
    command: definition,
    inputs,
    json: json !== undefined,
    logFormat: logFormat as LogFormat,
    ephemeral: process.env.GITHUB_ACTIONS === 'true',
  };
}

/** What is no flag of the command, as inputs that it will refuse by name. */
function unknownFlags(words: readonly string[], command: string): Record<string, string> {
  const unknown: Record<string, string> = {};
  for (let i = 0; i < words.length; i++) {
    const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(words[i]!) ?? [];
    if (name === undefined) {
      throw new MlopsError(
        'INPUT_INVALID',
        `"${words[i]}" is not a flag of ${command}; flags are written --name value`,
      );
    }
    const next = words[i + 1];
    if (value === undefined && next !== undefined && !next.startsWith('-')) i++;
    unknown[name] = value ?? next ?? 'true';
  }
  return unknown;
}

async function overview(loaders: Loaders): Promise<string> {
  const definitions = await Promise.all(Object.values(loaders).map((load) => load()));
  const rows = definitions.map((d) => `  ${d.name.padEnd(15)} ${d.summary}`);
  return [
    `mlops ${VERSION}: the whole life of a tabular model, from the command line.`,
    '',
    'Usage: mlops <command> [--config mlops.yaml] [--json] [flags]',
    '',
    ...rows,
    '',
    'mlops <command> --help lists the flags of a command. Start with: mlops init --data your.csv --target column',
    '',
  ].join('\n');
}

/** `n-estimators` → `nEstimators`, as commander names the option. */
function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
