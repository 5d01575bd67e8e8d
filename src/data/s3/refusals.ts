import type { ErrorCode } from '../../errors/codes.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { changed } from '../sources/byte-source.ts';
import { WAYS } from './credentials.ts';

/** What is asked of the store, in the words of a policy. */
export type Permission = 's3:GetObject' | 's3:ListBucket' | 's3:PutObject' | 's3:DeleteObject';

interface ServerError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly errors?: readonly Error[];
  readonly code?: string;
}

/** By the name that S3 gives to a refusal: what to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch: 'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID',
  InvalidAccessKeyId: 'AWS_ACCESS_KEY_ID is not known there; check it and the endpoint',
  // As versitygw says it.
  XAdminUserNotFound: 'AWS_ACCESS_KEY_ID is not known there; check it and the endpoint',
  ExpiredToken: 'the session has expired; get new keys, or use AWS_ROLE_ARN, which renews them',
  TokenRefreshRequired: 'the session has expired; get new keys, or use AWS_ROLE_ARN, which renews them',
  InvalidToken: 'AWS_SESSION_TOKEN does not belong to the keys; unset it for keys that last',
  RequestTimeTooSkewed: 'the clock of this machine is wrong; set it',
  CredentialsProviderError: WAYS,
};
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ECONNRESET',
  'EPIPE',
]);

/**
 * What the store or the SDK refuses, in words: what is not there, what may not be done and by whom, what has changed. What is no
 * error of theirs is returned as it is.
 *
 * @param otherwise the code when nothing fits better
 */
export function refusal(name: string, error: unknown, permission: Permission, otherwise: ErrorCode): unknown {
  if (error instanceof MlopsError || nameOf(error) === 'AbortError') return error;
  const { message, $metadata, errors, code: system } = error as ServerError;
  const code = nameOf(error);
  const status = $metadata?.httpStatusCode;
  const told = (kind: ErrorCode, text: string): MlopsError =>
    new MlopsError(kind, `${name}: ${text}`, { cause: error });
  if (status === 412) return changed(name, error);
  if (code === 'NoSuchBucket' || code === 'NoSuchKey')
    return told(otherwise === 'DATA_UNREADABLE' ? 'DATA_NOT_FOUND' : otherwise, message);
  const remedy = REMEDIES[code];
  if (remedy !== undefined) return told('ACCESS_DENIED', `access is refused (${code}): ${remedy}`);
  if (status === 403)
    return told(
      'ACCESS_DENIED',
      `access is refused (403): the keys may not do this; a policy must allow ${permission}`,
    );
  if (status === 401) return told('ACCESS_DENIED', `access is refused (401): ${WAYS}`);
  if (status === 301) return told(otherwise, 'the bucket is in another region; set AWS_REGION');
  if (system !== undefined && UNREACHED.has(system)) {
    return told(
      otherwise,
      `the store is not reached (${message || (errors?.[0]?.message ?? system)}); check AWS_ENDPOINT_URL_S3 and the network`,
    );
  }
  return told(otherwise, `${code}: ${message || (errors?.[0]?.message ?? 'no answer')}`);
}

export function nameOf(error: unknown): string {
  return (error as Error).name;
}

export function statusOf(error: unknown): number | undefined {
  return (error as ServerError).$metadata?.httpStatusCode;
}
