import { setTimeout as sleep } from 'node:timers/promises';
import { DBSQLClient, DBSQLParameter, DBSQLParameterType, type LogLevel, thrift } from '@databricks/sql';
import { throwFaults } from '../../errors/mlops-error.ts';
import { type DatabricksAccess, workspaceAt } from './access.ts';
import { type Credentials, credentialFaults, credentialsFor } from './credentials.ts';
import type { Parameter } from './parse-uri.ts';
import { type Deed, refusal } from './refusals.ts';
import { watchConnection } from './watch-connection.ts';

/** Cells and rows that are fetched at a time; larger chunks need more memory and are hardly faster. */
const CHUNK_CELLS = 100_000;
const CHUNK_ROWS = 50_000;
/** How often, and how long at least before, the driver asks again where that is safe. */
const ATTEMPTS = 4;
const RETRY_MS = 500;
/** What a lost connection leaves open is not waited for longer; the server closes it itself. */
const CLOSE_MS = 5_000;

type Session = Awaited<ReturnType<DBSQLClient['openSession']>>;
type Operation = Awaited<ReturnType<Session['executeStatement']>>;
export type Row = Readonly<Record<string, unknown>>;

export interface ResultColumn {
  readonly name: string;
  /** Of Spark SQL, such as `BIGINT` and `DECIMAL`, without length and scale. */
  readonly type: string;
}

/** Called for each chunk of rows, in the order of the result. */
export type OnRows = (rows: readonly Row[], columns: readonly ResultColumn[]) => void;

/** A session of a SQL warehouse. Its errors are those of `refusal`. */
export class Warehouse {
  readonly #client: DBSQLClient;
  readonly #session: Session;
  readonly #deed: Deed;
  readonly #access: DatabricksAccess;
  readonly #credentials: Credentials;
  /** With the port where it is not the usual one. */
  readonly #host: string;

  private constructor(
    client: DBSQLClient,
    session: Session,
    deed: Deed,
    access: DatabricksAccess,
    credentials: Credentials,
    host: string,
  ) {
    this.#client = client;
    this.#session = session;
    this.#deed = deed;
    this.#access = access;
    this.#credentials = credentials;
    this.#host = host;
  }

  /**
   * Connects to the warehouse that DATABRICKS_HOST and DATABRICKS_HTTP_PATH name.
   *
   * @throws INPUT_INVALID naming all that is missing in the environment · ACCESS_DENIED
   */
  static async open(deed: Deed, access: DatabricksAccess): Promise<Warehouse> {
    const { credential, signal } = access;
    const [host, path] = [credential('DATABRICKS_HOST'), credential('DATABRICKS_HTTP_PATH')];
    throwFaults('INPUT_INVALID', [
      ...(host === undefined ? [`${deed.name} needs the environment variable DATABRICKS_HOST`] : []),
      ...(path === undefined ? [`${deed.name} needs the environment variable DATABRICKS_HTTP_PATH`] : []),
      ...credentialFaults(access).map((fault) => `${deed.name}: ${fault}`),
    ]);
    const workspace = workspaceAt(host!);
    const credentials = credentialsFor(workspace, access);
    const hostHeader = new URL(workspace.origin).host;
    // Its own logger writes to standard output, which belongs to the command.
    const client = new DBSQLClient({ logger: { log: (_level: LogLevel, _message: string) => {} } });
    try {
      await client.connect({
        host: workspace.host,
        port: workspace.port,
        path: path!,
        authType: 'custom',
        // Asked for with each request, so that a long reading outlives a token.
        provider: { authenticate: async () => ({ authorization: `Bearer ${await credentials.token()}` }) },
        // Whole numbers and decimals arrive as they are, where they come as Arrow.
        preserveBigNumericPrecision: true,
        retryMaxAttempts: ATTEMPTS,
        retryDelayMin: RETRY_MS,
        // It would go to the workspace unasked.
        telemetryEnabled: false,
      });
      const session = await orAborted(orLost(client.openSession(), hostHeader), signal);
      return new Warehouse(client, session, deed, access, credentials, hostHeader);
    } catch (error) {
      await quietly(client.close());
      signal.throwIfAborted();
      throw refusal(deed, error, credentials);
    }
  }

  /** Runs a statement that answers rows. @returns its columns, also when there is no row */
  async query(
    text: string,
    parameters: Readonly<Record<string, Parameter>>,
    onRows: OnRows,
  ): Promise<readonly ResultColumn[]> {
    return this.#during(text, parameters, async (operation) => {
      const schema = await operation.getSchema();
      const columns = [...(schema?.columns ?? [])]
        .sort((a, b) => a.position - b.position)
        .map((column) => ({ name: column.columnName, type: typeName(column.typeDesc.types[0]?.primitiveEntry?.type) }));
      const maxRows = Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_CELLS / Math.max(1, columns.length))));
      for await (const rows of operation.iterateChunks({ maxRows })) {
        this.#access.signal.throwIfAborted();
        onRows(rows as Row[], columns);
      }
      return columns;
    });
  }

  /** Runs a statement that answers nothing of interest, to its end. */
  async run(text: string, parameters: Readonly<Record<string, Parameter>> = {}): Promise<void> {
    await this.#during(text, parameters, (operation) => operation.finished());
  }

  async close(): Promise<void> {
    await quietly(this.#session.close().then(() => this.#client.close()));
  }

  async #during<T>(
    text: string,
    parameters: Readonly<Record<string, Parameter>>,
    work: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const { signal } = this.#access;
    signal.throwIfAborted();
    let operation: Operation | undefined;
    const cancel = (): void => void operation?.cancel().catch(() => undefined);
    signal.addEventListener('abort', cancel);
    try {
      operation = await orAborted(
        orLost(
          this.#session.executeStatement(text, {
            namedParameters: Object.fromEntries(
              Object.entries(parameters).map(([name, { type, value }]) => [
                name,
                new DBSQLParameter({ type: DBSQLParameterType[type], value }),
              ]),
            ),
            // Rows come through the same connection: no other host has to be reached, and memory stays even.
            useCloudFetch: false,
            useLZ4Compression: false,
          }),
          this.#host,
        ),
        signal,
      );
      return await orAborted(orLost(work(operation), this.#host), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw refusal(this.#deed, error, this.#credentials);
    } finally {
      signal.removeEventListener('abort', cancel);
      if (operation) await quietly(operation.close());
    }
  }
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(thrift.TCLIService_types.TTypeId).map(([name, id]) => [Number(id), name.replace(/_TYPE$/, '')]),
);

function typeName(id: number | undefined): string {
  return (id === undefined ? undefined : TYPE_NAMES.get(id)) ?? 'UNKNOWN';
}

/** The answer is there, or a better error is on its way. */
async function quietly(closing: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  await Promise.race([
    closing.catch(() => undefined),
    sleep(CLOSE_MS, undefined, { signal: stop.signal }).catch(() => undefined),
  ]);
  stop.abort();
}

/** The driver does not know of signals. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: stop.signal });
  });
  // What is not waited for any more may fail.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop.abort();
  }
}

/** Nor does it notice every answer that is cut. */
async function orLost<T>(work: Promise<T>, host: string): Promise<T> {
  let end: (() => void) | undefined;
  const lost = new Promise<never>((_, reject) => {
    end = watchConnection(host, reject);
  });
  lost.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, lost]);
  } finally {
    end?.();
  }
}
