import type { ErrorCode } from '../../errors/codes.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Credentials } from './credentials.ts';

/** What the driver throws: not all of it is of class Error, and the warehouse's own words stand deeper. */
interface DriverError {
  readonly message?: string;
  readonly code?: unknown;
  readonly statusCode?: number;
  readonly response?: {
    readonly errorMessage?: string;
    readonly displayMessage?: string;
    readonly sqlState?: string;
  };
}

/** What is being done, for choosing code and remedy. */
export interface Deed {
  /** For messages: the URI of the source or sink. */
  readonly name: string;
  /** When nothing fits better. */
  readonly otherwise: ErrorCode;
  /** What may have to be granted, such as `SELECT on it and USE on its catalog and schema`. */
  readonly grant: string;
}

const KINDS: readonly (readonly [RegExp, 'table' | 'column' | 'denied'])[] = [
  [/^(42P01|42704|3F000)$|^(TABLE_OR_VIEW|SCHEMA|CATALOG)_NOT_FOUND$|^NO_SUCH_CATALOG_EXCEPTION$/, 'table'],
  [/^42703$|^UNRESOLVED_COLUMN/, 'column'],
  [/^42501$|PERMISSION|^UNAUTHORIZED_ACCESS$|^ACCESS_DENIED$/, 'denied'],
];
const UNREACHED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CERT|SELF_SIGNED|certificate/;
const CUT = /ECONNRESET|EPIPE|socket hang up|premature close|aborted|underrun|body-timeout/i;

/** Whether the warehouse itself has answered that the statement fails. */
export function isStatementError(error: unknown): boolean {
  const { statusCode, response, message = '' } = error as DriverError;
  return (statusCode === undefined && response !== undefined) || classOf(message) !== undefined || isStatus(error);
}

function isStatus(error: unknown): boolean {
  return (error as { name?: string }).name === 'Status Error';
}

/** What the workspace, the warehouse or the driver refuses, in words; without secrets. */
export function refusal(deed: Deed, error: unknown, credentials: Credentials | undefined): MlopsError {
  if (error instanceof MlopsError) return error;
  const { statusCode } = error as DriverError;
  const said = credentials?.hide(wordsOf(error)) ?? wordsOf(error);
  const told = (code: ErrorCode, text: string): MlopsError =>
    new MlopsError(code, `${deed.name}: ${text}`, { cause: error });
  if (statusCode === 401) return told('ACCESS_DENIED', `access is refused (401): ${credentials?.remedy}`);
  if (statusCode === 403) {
    return told('ACCESS_DENIED', 'access is refused (403): CAN USE on the SQL warehouse must be granted to who asks');
  }
  if (statusCode === 404) return told(deed.otherwise, 'no SQL warehouse is at DATABRICKS_HTTP_PATH (404); check it');
  if (statusCode !== undefined) return told(deed.otherwise, `the workspace answers with status ${statusCode}`);
  const [code] = [(error as DriverError).response?.sqlState, classOf(said)].flatMap((mark) => kindOf(mark) ?? []);
  if (code === 'table') return told(deed.otherwise === 'DATA_UNREADABLE' ? 'DATA_NOT_FOUND' : deed.otherwise, said);
  if (code === 'column') return told(deed.otherwise === 'DATA_UNREADABLE' ? 'COLUMN_NOT_FOUND' : deed.otherwise, said);
  if (code === 'denied') return told('ACCESS_DENIED', `${said}; grant ${deed.grant}`);
  const system = `${String((error as DriverError).code ?? '')} ${said}`;
  if (UNREACHED.test(system) && !isStatementError(error)) {
    return told(deed.otherwise, `the workspace is not reached (${said}); check DATABRICKS_HOST and the network`);
  }
  if (CUT.test(system) && !isStatementError(error)) {
    return told(deed.otherwise, `the connection was lost (${said}); nothing of it is kept: run again`);
  }
  return told(deed.otherwise, said);
}

function kindOf(mark: string | undefined): 'table' | 'column' | 'denied' | undefined {
  return mark === undefined ? undefined : KINDS.find(([form]) => form.test(mark))?.[1];
}

/** `[TABLE_OR_VIEW_NOT_FOUND]`, without what stands behind a dot. */
function classOf(said: string): string | undefined {
  return /\[([A-Z][A-Z0-9_]+)(?:\.[A-Z0-9_.]+)?\]/.exec(said)?.[1];
}

/** The first paragraph, without the names of classes and the trace that Spark puts around it. */
function wordsOf(error: unknown): string {
  const { message, response } = error as DriverError;
  const text = response?.displayMessage || response?.errorMessage || message || String(error);
  return text
    .split(/\n\s*at |\n\n|\s*== SQL/, 1)[0]!
    .replace(
      /^(?:(?:[\w$]+\.)+\w*(?:Exception|Error): |Error running query: |\[[A-Z0-9_.]+\] (?=(?:[\w$]+\.)+\w+: ))+/,
      '',
    )
    .replace(/\s*\n\s*/g, ' ')
    .replace(/; line \d+ pos \d+;?.*$/, '')
    .trim();
}
