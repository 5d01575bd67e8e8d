import { MlopsError } from './mlops-error.ts';

/**
 * Turns what the operating system or an abort signal reports into an expected error; anything else is returned as it is
 * and will be shown as a bug.
 */
export function expectedError(error: unknown): unknown {
  if (error instanceof MlopsError) return error;
  const { code, path, name } = (error ?? {}) as { code?: unknown; path?: unknown; name?: unknown };
  const where = typeof path === 'string' ? path : 'the output';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new MlopsError('DISK_FULL', `no space left to write ${where}; nothing half-written was kept`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new MlopsError('PERMISSION_DENIED', `${where} may not be read or written by this user`, { cause: error });
    case 'EROFS':
      return new MlopsError('PERMISSION_DENIED', `${where} is on a read-only file system`, { cause: error });
    case 'ABORT_ERR':
      return new MlopsError('INTERRUPTED', 'the run was stopped before it was done', { cause: error });
  }
  if (name === 'AbortError')
    return new MlopsError('INTERRUPTED', 'the run was stopped before it was done', { cause: error });
  return error;
}
