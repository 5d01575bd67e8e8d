import { MlopsError } from '../../errors/mlops-error.ts';

/**
 * A path below an artifact location as its normal form, `''` for the location itself.
 *
 * @throws ARTIFACT_PATH_INVALID for a path that would leave the location
 */
export function artifactPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const leaves = path.startsWith('/') || parts.includes('..') || /[\\\0]/.test(path) || /^[A-Za-z]:/.test(path);
  if (leaves) {
    throw new MlopsError(
      'ARTIFACT_PATH_INVALID',
      `artifact path "${path}" is not a path below the artifacts: it may not be absolute nor hold "..", "\\" or a drive`,
    );
  }
  return parts.join('/');
}
