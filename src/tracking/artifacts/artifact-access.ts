import type { S3Settings } from '../../config/s3-settings.ts';
import type { S3Access } from '../../data/s3/access.ts';
import { Downloads } from './downloads.ts';

/** What a store needs to reach artifacts that are neither on this machine nor served by an MLflow server. */
export interface ArtifactAccess extends S3Access {
  readonly downloads: Downloads;
}

export interface AccessOptions {
  readonly credential: (name: string) => string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly s3?: S3Settings | undefined;
}

/** MLflow's own MLFLOW_S3_ENDPOINT_URL says where S3 is, where mlops.yaml does not. */
export function artifactAccess({ credential, signal, s3 }: AccessOptions): ArtifactAccess {
  const endpoint = s3?.endpoint ?? credential('MLFLOW_S3_ENDPOINT_URL');
  return {
    credential,
    signal: signal ?? new AbortController().signal,
    s3: { 'path-style': 'auto', ...s3, ...(endpoint === undefined ? {} : { endpoint }) },
    downloads: new Downloads(),
  };
}
