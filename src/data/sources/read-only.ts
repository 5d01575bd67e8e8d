import { constants, type DatabaseSync, type StatementSync } from 'node:sqlite';
import { MlopsError } from '../../errors/mlops-error.ts';

const ONLY = 'a source is one SELECT that reads; it attaches, changes and sets nothing';

/** What a statement that reads asks for. */
const READING = new Set<number>([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);

const WRITING = new Set<number>([constants.SQLITE_INSERT, constants.SQLITE_UPDATE, constants.SQLITE_DELETE]);

/** A full-text index looks at the version of the data; an R*Tree prepares what it would write with when it is opened. */
function isReading(action: number, subject: string): boolean {
  if (action === constants.SQLITE_PRAGMA) return subject === 'data_version';
  return READING.has(action) || (WRITING.has(action) && /_(node|rowid|parent)$/.test(subject));
}

/**
 * Prepares the one statement of a query on a database that is open for reading only. SQLite is told to refuse whatever is not reading
 * when it compiles it, also within a view.
 *
 * @throws DATA_UNREADABLE when it does more than read
 */
export function prepareReading(db: DatabaseSync, source: string, query: string): StatementSync {
  // Versions of Node before 24.10 have no authorizer; there the file is open for reading only, which leaves ATTACH and PRAGMA.
  db.setAuthorizer?.((action, first) => (isReading(action, first ?? '') ? constants.SQLITE_OK : constants.SQLITE_DENY));
  let statement: StatementSync;
  try {
    statement = db.prepare(query);
  } catch (error) {
    if (!/^not authorized$|is prohibited$/.test((error as Error).message)) throw error;
    throw new MlopsError('DATA_UNREADABLE', `${source}: the query does more than read; ${ONLY}`, { cause: error });
  } finally {
    db.setAuthorizer?.(null);
  }
  const behind = query.slice(statement.sourceSQL.length).replace(/--.*$|\/\*[\s\S]*?\*\//gm, '');
  if (/[^\s;]/.test(behind)) {
    throw new MlopsError('DATA_UNREADABLE', `${source}: more than one statement; ${ONLY}`);
  }
  if (/^\s*(pragma|attach|detach|vacuum)\b/i.test(query)) {
    throw new MlopsError('DATA_UNREADABLE', `${source}: the query does more than read; ${ONLY}`);
  }
  return statement;
}
