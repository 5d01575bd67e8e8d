import process from 'node:process';
import * as core from '@actions/core';
import type { CommandDefinition, CommandResult } from '../commands/command.ts';
import type { CommandContext, Logger, Progress } from '../commands/context.ts';
import { CONFIG_INPUT, type GivenInputs, invoke } from '../commands/invoke.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import { expectedError } from '../errors/from-system.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { holdsSecret, Redactor } from '../errors/redact.ts';
import type { Forge } from '../forge/forge.ts';
import { renderMarkdown } from '../reports/markdown/render.ts';

/** What the runner takes of one step's summary. */
const SUMMARY_BYTES = 1024 * 1024;

/** Inputs that every action has beside those of its command. */
export const ACTION_INPUTS = {
  [CONFIG_INPUT]: 'The project file; default: mlops.yaml, if it is there.',
  'working-directory': 'The folder to work in; relative paths start there.',
  'github-token': 'Token for comments, issues, deployments and the ledger branch.',
  'fail-on-verdict': 'true: the step fails when the verdict is negative. false: it only says so in its outputs.',
} as const;

export type ActionForge = (token: string | undefined, redactor: Redactor) => Promise<Forge>;

/**
 * Runs a command as a step: inputs from the runner, outputs, job summary and annotations back to it. The one place that
 * decides whether the step fails.
 */
export async function runAction(command: CommandDefinition, forgeOf: ActionForge): Promise<void> {
  const redactor = new Redactor();
  const abort = new AbortController();
  // The runner sends SIGINT, and SIGTERM 7.5 s later, to a step of a job that is cancelled.
  let status = 1;
  const onSignal = (signal: NodeJS.Signals): void => {
    status = signal === 'SIGINT' ? 130 : 143;
    abort.abort(new MlopsError('INTERRUPTED', `stopped by ${signal}`));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const { own, given } = readInputs(command);
    if (own['working-directory']) process.chdir(own['working-directory']);
    const token = own['github-token'] || undefined;
    if (token) secret(token, redactor);
    const failOnVerdict = booleanInput('fail-on-verdict', own['fail-on-verdict'] || 'true');
    const context = await contextFor(redactor, abort.signal, await forgeOf(token, redactor), token);
    const result = await invoke(command, given, context);
    await publish(command, result, redactor);
    if (result.negative && failOnVerdict) {
      core.error(redactor.redact(result.negative), { title: `${command.name}: negative verdict` });
      process.exitCode = 3;
    } else if (result.negative) core.warning(redactor.redact(result.negative));
  } catch (thrown) {
    fail(expectedError(thrown), redactor);
    process.exitCode = abort.signal.aborted ? status : statusOf(thrown);
  }
}

/** Every `INPUT_…` variable of the step; one that is not declared is passed on and refused by name. */
function readInputs(command: CommandDefinition): { own: Record<string, string>; given: GivenInputs } {
  const names = new Map(
    [...Object.keys(ACTION_INPUTS), ...Object.keys(command.inputs)].map((n) => [n.toUpperCase(), n]),
  );
  const own: Record<string, string> = {};
  const given: Record<string, string> = {};
  for (const [variable, value] of Object.entries(process.env)) {
    if (!variable.startsWith('INPUT_') || value === undefined) continue;
    const key = variable.slice('INPUT_'.length);
    const name = names.get(key) ?? key.toLowerCase();
    const isOwn = name in ACTION_INPUTS && name !== CONFIG_INPUT;
    (isOwn ? own : given)[name] = value;
  }
  return { own, given };
}

function booleanInput(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new MlopsError('INPUT_INVALID', `"${name}" is "${text}", expected true or false`);
}

async function contextFor(
  redactor: Redactor,
  signal: AbortSignal,
  forge: Forge,
  token: string | undefined,
): Promise<CommandContext> {
  return {
    cwd: process.cwd(),
    credential: (name) => {
      const value = name === 'GITHUB_TOKEN' ? (token ?? process.env[name]) : process.env[name];
      if (value && holdsSecret(name, value)) secret(value, redactor);
      return value === '' ? undefined : value;
    },
    environment: process.env,
    signal,
    log: actionLog(redactor),
    progress: actionProgress(redactor),
    forge,
    now: () => Date.now(),
    ephemeral: true,
  };
}

function secret(value: string, redactor: Redactor): void {
  core.setSecret(value);
  redactor.add(value);
}

function actionLog(redactor: Redactor): Logger {
  return {
    info: (message) => core.info(redactor.redact(message)),
    warn: (message) => core.warning(redactor.redact(message)),
  };
}

/** A runner's log keeps every line: a line when a part ends is enough. */
function actionProgress(redactor: Redactor): Progress {
  return {
    start(label) {
      const begun = performance.now();
      return {
        update: () => {},
        done: (note = '') => {
          const seconds = ((performance.now() - begun) / 1000).toFixed(1);
          core.info(redactor.redact(`✓ ${label.padEnd(12)} ${note} (${seconds} s)`));
        },
      };
    },
  };
}

async function publish(command: CommandDefinition, result: CommandResult, redactor: Redactor): Promise<void> {
  for (const name of Object.keys(command.outputs)) {
    const value = result.outputs[name];
    if (value === undefined) continue;
    core.setOutput(name, redactor.redact(typeof value === 'object' ? JSON.stringify(value) : String(value)));
  }
  if (!result.summary || !process.env.GITHUB_STEP_SUMMARY) return;
  const markdown = renderMarkdown(result.summary, { maxBytes: SUMMARY_BYTES });
  await core.summary.addRaw(redactor.redact(markdown), true).write();
}

function fail(error: unknown, redactor: Redactor): void {
  if (error instanceof MlopsError) {
    for (const fault of error.faults) core.error(redactor.redact(fault), { title: error.code });
    core.info(`→ ${ERROR_CODES[error.code].remedy}`);
    return;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  core.error(redactor.redact(`this is a bug in the toolkit; please report it:\n${stack}`), { title: 'INTERNAL' });
}

function statusOf(thrown: unknown): number {
  const error = expectedError(thrown);
  return error instanceof MlopsError ? ERROR_CODES[error.code].status : 1;
}
