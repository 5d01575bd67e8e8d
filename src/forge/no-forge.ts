import type { Forge, Origin } from './forge.ts';

/** The code host of a laptop: there is none, so nothing is stored there and nobody is told. */
export function noForge(origin: Origin): Forge {
  return {
    origin,
    upsertComment: async () => ({ done: false, reason: 'there is no pull request: not running on a code host' }),
    uploadArtifact: async () => undefined,
    startDeployment: async () => async () => {},
    upsertIssue: async () => undefined,
    closeIssue: async () => {},
    dispatchWorkflow: async () => {},
  };
}
