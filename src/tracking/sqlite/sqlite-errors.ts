import { MlopsError } from '../../errors/mlops-error.ts';

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const SQLITE = { PERM: 3, BUSY: 5, LOCKED: 6, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 };

/** What SQLite reports about the file, as an expected error; anything else is returned as it is. */
export function databaseError(error: unknown, path: string): unknown {
  const { code, errcode, errstr } = (error ?? {}) as { code?: unknown; errcode?: unknown; errstr?: unknown };
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return error;
  const fail = (name: ConstructorParameters<typeof MlopsError>[0], message: string) =>
    new MlopsError(name, message, { cause: error });
  switch (errcode & 0xff) {
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return fail('STORE_LOCKED', `${path} is held by another process that has not let go in time`);
    case SQLITE.NOTADB:
      return fail('STORE_SCHEMA_UNKNOWN', `${path} is not an SQLite database`);
    case SQLITE.CORRUPT:
      return fail('STORE_DAMAGED', `${path} is damaged: ${String(errstr)}`);
    case SQLITE.FULL:
      return fail('DISK_FULL', `no space left to write ${path}; what was being recorded was not kept`);
    case SQLITE.READONLY:
      return fail('PERMISSION_DENIED', `${path} is read-only`);
    case SQLITE.PERM:
    case SQLITE.CANTOPEN:
      return fail('PERMISSION_DENIED', `${path} cannot be opened or created by this user`);
    case SQLITE.IOERR:
      return fail('STORE_DAMAGED', `${path} cannot be read or written: ${String(errstr)}`);
    default:
      return error;
  }
}
