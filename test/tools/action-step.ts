import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { laptopEnv } from './mlops.ts';
import { runProgram } from './run-program.ts';

const DIST = resolve(import.meta.dirname, '../../actions/dist');

export interface StepResult {
  readonly status: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an action of the committed bundle as the runner does: inputs, outputs and summary by environment and files. */
export async function runStep(
  action: string,
  cwd: string,
  inputs: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
): Promise<StepResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'step-'));
  try {
    const [output, summary] = [join(scratch, 'output'), join(scratch, 'summary')];
    await Promise.all([output, summary].map((path) => writeFile(path, '')));
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
    );
    const ran = await runProgram(process.execPath, [join(DIST, `${action}.js`)], {
      cwd,
      env: laptopEnv({
        GITHUB_ACTIONS: 'true',
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_REPOSITORY: 'acme/bikes',
        GITHUB_ACTOR: 'ada',
        ...given,
        ...env,
      }),
    });
    return { ...ran, outputs: parseOutputs(await readFile(output, 'utf8')), summary: await readFile(summary, 'utf8') };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** `name<<delimiter`, the value's lines, `delimiter`. Source  GitHub's documentation of multiline outputs */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name, , value] of text.matchAll(/^(.+?)<<(.+)\r?\n([\s\S]*?)\r?\n\2\r?$/gm)) outputs[name!] = value!;
  return outputs;
}
