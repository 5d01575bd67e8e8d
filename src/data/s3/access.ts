import type { S3Settings } from '../../config/s3-settings.ts';

/** What is needed to speak to S3. */
export interface S3Access {
  readonly credential: (name: string) => string | undefined;
  readonly signal: AbortSignal;
  readonly s3?: S3Settings;
}

export interface Place {
  readonly bucket: string;
  /** May be empty: the whole bucket. */
  readonly key: string;
}

/** `s3://bucket/key`, `s3://bucket`; undefined: it is none. */
export function placeOf(uri: string): Place | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  return bucket === undefined ? undefined : { bucket, key };
}
