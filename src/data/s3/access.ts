import type { S3Settings } from '../../config/s3-settings.ts';

/** What is needed to speak to S3. */
export interface S3Access {
  readonly credential: (name: string) => string | undefined;
  readonly signal: AbortSignal;
  readonly s3?: S3Settings;
}

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** `s3://bucket/key`; undefined: it is none, or names no key. */
export function placeOf(uri: string): Place | undefined {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}
