import process from 'node:process';
import type { Forge } from '../forge/forge.ts';
import type { RunnerContext } from './runner-context.ts';

/** Artifacts go to the runner's own service, which `run:` steps cannot reach: there the file on disk is all there is. */
export async function storeArtifact(
  { origin }: RunnerContext,
  artifact: Parameters<Forge['uploadArtifact']>[0],
): Promise<string | undefined> {
  if (!process.env.ACTIONS_RUNTIME_TOKEN || !process.env.ACTIONS_RESULTS_URL) return undefined;
  const { uploadArtifact } = await import('./artifacts.ts');
  const id = await uploadArtifact(artifact);
  return origin.runUrl && `${origin.runUrl}/artifacts/${id}`;
}
