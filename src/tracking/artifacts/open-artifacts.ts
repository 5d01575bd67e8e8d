import { fileURLToPath } from 'node:url';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ArtifactStore } from '../tracking-store.ts';
import { LocalArtifacts } from './local-artifacts.ts';

/**
 * The artifacts at a location that this machine reaches by itself: a folder or a `file:` URL.
 *
 * @throws ARTIFACT_LOCATION_UNSUPPORTED
 */
export function openArtifacts(location: string): ArtifactStore {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(location)?.[1];
  if (scheme === undefined) return new LocalArtifacts(location, location);
  if (scheme === 'file') return new LocalArtifacts(location, fileURLToPath(location));
  throw new MlopsError(
    'ARTIFACT_LOCATION_UNSUPPORTED',
    `artifacts at "${location}" cannot be reached from here: allowed are folders, file: URLs, and what an MLflow server serves (mlflow-artifacts:)`,
  );
}
