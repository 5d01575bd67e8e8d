import { fileURLToPath } from 'node:url';
import { placeOf } from '../../data/s3/access.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ArtifactStore } from '../tracking-store.ts';
import type { ArtifactAccess } from './artifact-access.ts';
import { LocalArtifacts } from './local-artifacts.ts';
import { S3Artifacts } from './s3-artifacts.ts';

/**
 * The artifacts at a location that this machine reaches by itself: a folder, a `file:` URL or `s3://bucket/prefix`.
 *
 * @throws ARTIFACT_LOCATION_UNSUPPORTED
 */
export function openArtifacts(location: string, access: ArtifactAccess): ArtifactStore {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(location)?.[1];
  if (scheme === undefined) return new LocalArtifacts(location, location);
  if (scheme === 'file') return new LocalArtifacts(location, fileURLToPath(location));
  const place = placeOf(location);
  if (place) return new S3Artifacts(location, place, access);
  throw new MlopsError(
    'ARTIFACT_LOCATION_UNSUPPORTED',
    `artifacts at "${location}" cannot be reached from here: allowed are folders, file: URLs, s3://bucket/prefix, and what an MLflow server serves (mlflow-artifacts:)`,
  );
}
