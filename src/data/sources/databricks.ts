import { DBSQLClient, type LogLevel, thrift } from '@databricks/sql';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Table } from '../table.ts';
import type { DatabricksPart } from './part.ts';
import { type Cell, tableFromRows, type WantedKinds } from './rows.ts';
import type { SourceOptions } from './source-options.ts';

const NEEDED = ['DATABRICKS_HOST', 'DATABRICKS_HTTP_PATH', 'DATABRICKS_TOKEN'] as const;
/** Rows that are fetched at a time; larger chunks need more memory and are hardly faster. */
const CHUNK_ROWS = 50_000;
const { BIGINT_TYPE } = thrift.TCLIService_types.TTypeId;

/**
 * The rows of a table or query of a Databricks SQL warehouse.
 *
 * @throws INPUT_INVALID naming every environment variable that is missing · DATA_UNREADABLE with the warehouse's own words, or
 *   when whole numbers are too large to arrive as they are · COLUMN_DUPLICATE
 */
export async function readDatabricks(
  part: DatabricksPart,
  options: SourceOptions,
  wanted?: WantedKinds,
): Promise<Table> {
  const values = NEEDED.map((name) => options.credential(name));
  const absent = NEEDED.filter((_, i) => values[i] === undefined);
  if (absent.length > 0) {
    throw new MlopsError(
      'INPUT_INVALID',
      absent.map((name) => `${part.name} needs the environment variable ${name}`),
    );
  }
  const [host, path, token] = values as [string, string, string];
  const address = addressOf(host);
  // Its own logger writes to standard output, which belongs to the command.
  const client = new DBSQLClient({ logger: { log: (_level: LogLevel, _message: string) => {} } });
  try {
    // Its telemetry would go to the workspace unasked.
    await client.connect({ ...address, path, token, telemetryEnabled: false });
    return await query(client, part, options.signal, wanted);
  } catch (error) {
    if (error instanceof MlopsError) throw error;
    options.signal.throwIfAborted();
    const said = warehouseWords(error).replaceAll(token, '***');
    throw new MlopsError('DATA_UNREADABLE', `${part.name}: ${said}`, { cause: error });
  } finally {
    // The answer is there, or a better error is on its way: the server closes what is left open.
    await client.close().catch(() => undefined);
  }
}

async function query(
  client: DBSQLClient,
  part: DatabricksPart,
  signal: AbortSignal,
  wanted: WantedKinds | undefined,
): Promise<Table> {
  const session = await client.openSession();
  const operation = await session.executeStatement(part.query);
  const cancel = (): void => void operation.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel);
  try {
    const rows: Cell[][] = [];
    let names: string[] = [];
    let whole: boolean[] = [];
    const describe = async (): Promise<void> => {
      const columns = [...((await operation.getSchema())?.columns ?? [])].sort((a, b) => a.position - b.position);
      names = columns.map((column) => column.columnName);
      whole = columns.map((column) => column.typeDesc.types[0]?.primitiveEntry?.type === BIGINT_TYPE);
    };
    for await (const chunk of operation.iterateChunks({ maxRows: CHUNK_ROWS })) {
      signal.throwIfAborted();
      if (names.length === 0) await describe();
      for (const row of chunk as Record<string, Cell>[]) rows.push(names.map((name) => row[name]));
    }
    if (names.length === 0) await describe();
    refuseRounded(part, names, whole, rows);
    return tableFromRows(part.name, names, rows, wanted);
  } finally {
    signal.removeEventListener('abort', cancel);
    await operation.close().catch(() => undefined);
    await session.close().catch(() => undefined);
  }
}

/** The driver rounds a BIGINT beyond 2^53, or makes it Infinity: two ids would become one. */
function refuseRounded(
  part: DatabricksPart,
  names: readonly string[],
  whole: readonly boolean[],
  rows: readonly Cell[][],
): void {
  const faults = names.filter(
    (_, c) => whole[c] && rows.some((row) => typeof row[c] === 'number' && !Number.isSafeInteger(row[c])),
  );
  if (faults.length === 0) return;
  throw new MlopsError(
    'DATA_UNREADABLE',
    faults.map(
      (name) => `${part.name}: "${name}" holds whole numbers beyond 2^53; write CAST(${name} AS STRING) in a ?query=`,
    ),
  );
}

/** What the warehouse says itself stands deeper in the driver's errors, and not all of them are of class Error. */
function warehouseWords(error: unknown): string {
  const { message, response } = error as {
    message?: string;
    response?: { errorMessage?: string; displayMessage?: string };
  };
  return response?.displayMessage ?? response?.errorMessage ?? message ?? String(error);
}

function addressOf(host: string): { host: string; port: number } {
  const text = host.includes('://') ? host : `https://${host}`;
  if (!URL.canParse(text)) {
    throw new MlopsError(
      'INPUT_INVALID',
      `the environment variable DATABRICKS_HOST is "${host}", expected a host name`,
    );
  }
  const url = new URL(text);
  return { host: url.hostname, port: Number(url.port || 443) };
}
