import { DBSQLClient, type LogLevel } from '@databricks/sql';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Table } from '../table.ts';
import type { DatabricksPart } from './part.ts';
import { type Cell, tableFromRows } from './rows.ts';
import type { SourceOptions } from './source-options.ts';

const NEEDED = ['DATABRICKS_HOST', 'DATABRICKS_HTTP_PATH', 'DATABRICKS_TOKEN'] as const;

/**
 * The rows of a table or query of a Databricks SQL warehouse.
 *
 * @throws INPUT_INVALID naming every environment variable that is missing · DATA_UNREADABLE with the warehouse's own words
 */
export async function readDatabricks(part: DatabricksPart, options: SourceOptions): Promise<Table> {
  const values = NEEDED.map((name) => options.credential(name));
  const absent = NEEDED.filter((_, i) => values[i] === undefined);
  if (absent.length > 0) {
    throw new MlopsError(
      'INPUT_INVALID',
      absent.map((name) => `${part.name} needs the environment variable ${name}`),
    );
  }
  const [host, path, token] = values as [string, string, string];
  // Its own logger writes to standard output, which belongs to the command.
  const client = new DBSQLClient({ logger: { log: (_level: LogLevel, _message: string) => {} } });
  try {
    // Its telemetry would go to the workspace unasked.
    await client.connect({ ...addressOf(host), path, token, telemetryEnabled: false });
    const session = await client.openSession();
    const operation = await session.executeStatement(part.query);
    try {
      const rows = (await operation.fetchAll()) as Record<string, Cell>[];
      const schema = await operation.getSchema();
      const names = (schema?.columns ?? []).map((column) => column.columnName);
      options.signal.throwIfAborted();
      return tableFromRows(part.name, names, rows);
    } finally {
      await operation.close();
      await session.close();
    }
  } catch (error) {
    if (error instanceof MlopsError || options.signal.aborted) throw error;
    throw new MlopsError('DATA_UNREADABLE', `${part.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    await client.close();
  }
}

function addressOf(host: string): { host: string; port: number } {
  const url = new URL(host.includes('://') ? host : `https://${host}`);
  return { host: url.hostname, port: Number(url.port || 443) };
}
