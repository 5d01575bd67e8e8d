import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { S3Access } from './access.ts';
import { assumeRole, hasWebIdentity } from './web-identity.ts';

export const WAYS =
  'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or AWS_ROLE_ARN with a web identity (on GitHub the job needs `permissions: id-token: write`)';

/**
 * Keys of the environment; else the role that a web identity may assume; else what the SDK finds: profile, container, instance.
 *
 * @throws INPUT_INVALID when half of a pair of keys is there, or a role without an identity
 */
export function credentialsFor(access: S3Access): NonNullable<S3ClientConfig['credentials']> | undefined {
  const { credential } = access;
  const accessKeyId = credential('AWS_ACCESS_KEY_ID');
  const secretAccessKey = credential('AWS_SECRET_ACCESS_KEY');
  const sessionToken = credential('AWS_SESSION_TOKEN');
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    const [is, lacks] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].sort((a) =>
      credential(a) === undefined ? 1 : -1,
    );
    throw new MlopsError('INPUT_INVALID', `the environment variable ${is} is set, but ${lacks} is not; S3 needs both`);
  }
  const role = credential('AWS_ROLE_ARN');
  if (role === undefined || credential('AWS_PROFILE') !== undefined) return undefined;
  if (!hasWebIdentity(access)) {
    throw new MlopsError(
      'INPUT_INVALID',
      'the environment variable AWS_ROLE_ARN is set, but there is no web identity to assume the role with; on GitHub give the job `permissions: id-token: write`, elsewhere set AWS_WEB_IDENTITY_TOKEN_FILE',
    );
  }
  return () => assumeRole(role, access);
}
