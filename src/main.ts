/**
 * The entry of the bundle and of `npm start`: the one place that knows both ways in. Everything else is loaded on demand.
 */

/** Runs a command as a step of a workflow. */
export async function runAction(name: string): Promise<void> {
  const [{ COMMANDS }, github, { actionForge }] = await Promise.all([
    import('./commands/registry.ts'),
    import('./github/run-action.ts'),
    import('./github/action-forge.ts'),
  ]);
  await github.runAction(await COMMANDS[name]!(), actionForge);
}

/** Runs the `mlops` program with the arguments of the process. */
export async function runCli(): Promise<void> {
  const { runCli: run } = await import('./cli/run-cli.ts');
  const forge = async (redactor: import('./errors/redact.ts').Redactor) => {
    if (process.env.GITHUB_ACTIONS !== 'true') return undefined;
    const { actionForge } = await import('./github/action-forge.ts');
    return actionForge(process.env.GITHUB_TOKEN, redactor);
  };
  process.exitCode = await run(process.argv.slice(2), forge);
}

/** Runs what a worker thread does; its messages come and go through `parentPort`. */
export async function runWorker(name: 'forest' | 'predict' | 'batch' | 'csv'): Promise<void> {
  if (name === 'forest') await import('./forest/forest-worker.ts');
  else if (name === 'predict') await import('./forest/predict-worker.ts');
  else if (name === 'csv') await import('./data/csv/csv-worker.ts');
  else await import('./batch/batch-worker.ts');
}
