import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Access } from './access.ts';
import { credentialsFor } from './credentials.ts';

/** Requests that fail are sent again, ever later, at most so often. */
const ATTEMPTS = 5;
const CONNECT_MS = 10_000;
/** Without a byte for so long, a connection is taken for dead. */
const SILENCE_MS = 60_000;

/** @throws INPUT_INVALID when what the environment says of credentials is incomplete */
export function clientFor(access: S3Access): S3Client {
  const { credential, s3 } = access;
  const endpoint = s3?.endpoint ?? credential('AWS_ENDPOINT_URL_S3') ?? credential('AWS_ENDPOINT_URL');
  const region = s3?.region ?? credential('AWS_REGION') ?? credential('AWS_DEFAULT_REGION');
  const profile = credential('AWS_PROFILE');
  const credentials = credentialsFor(access);
  const pathStyle = s3?.['path-style'] ?? 'auto';
  const config: S3ClientConfig = {
    // A profile names its region itself.
    ...(region !== undefined ? { region } : profile === undefined ? { region: 'us-east-1' } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: pathStyle === 'auto' ? endpoint !== undefined : pathStyle === 'on',
    followRegionRedirects: true,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: SILENCE_MS, socketTimeout: SILENCE_MS },
  };
  return new S3Client(config);
}
