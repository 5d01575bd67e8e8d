import { createHash } from 'node:crypto';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Published, Sink, SinkFile } from '../sinks/sink.ts';
import type { DatabricksAccess } from './access.ts';
import { appendBatch, BATCH_COLUMN, type Target } from './append-batch.ts';
import { Warehouse } from './connection.ts';
import { parseDatabricksUri } from './parse-uri.ts';
import type { Deed } from './refusals.ts';

const REJECTED = /\.rejected\.csv$/;

/**
 * A table that files of predictions are appended to, each as one batch of rows that appears whole or not at all. Rejected rows go to
 * the table of that name with `_rejected` behind it. Both are made when they are not there. A batch that is there already, of the
 * same input with the same content, is not appended again, so that a run may be repeated.
 *
 * @throws INPUT_INVALID when it is not the URI of a table
 */
export function openTable(uri: string, access: DatabricksAccess): Sink {
  const statement = parseDatabricksUri(uri);
  const faults = 'faults' in statement ? statement.faults : [];
  const names = 'faults' in statement ? undefined : statement.table;
  const isPlain = names !== undefined && Object.keys(statement).length === 2;
  if (!names || !isPlain || faults.length > 0) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"output" is "${uri}", expected databricks://catalog.schema.table, without options`,
    );
  }
  const targetOf = (name: string): Target => {
    const table = REJECTED.test(name) ? [...names.slice(0, -1), `${names.at(-1)}_rejected`] : names;
    return { table, uri: `databricks://${table.join('.')}`, isPredictions: !REJECTED.test(name) };
  };
  // One after the other: each has a session of its own, and a warehouse queues what comes at once.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    name: uri,
    keepsTables: true,
    uriOf: (name) => targetOf(name).uri,
    create: async (name, condition) => {
      if (condition) throw new Error(`${uri} is a table, and takes no condition for ${name}`);
      return new TableFile(name, targetOf(name), access, inTurn);
    },
    // Rows are told apart by their batch, not by a name, and stay with what was known when they were written.
    stateOf: async () => undefined,
    read: async () => undefined,
    remove: async () => undefined,
    close: async () => {
      await last;
    },
  };
}

class TableFile implements SinkFile {
  readonly #name: string;
  readonly #target: Target;
  readonly #access: DatabricksAccess;
  readonly #inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly #chunks: Uint8Array[] = [];

  constructor(
    name: string,
    target: Target,
    access: DatabricksAccess,
    inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  ) {
    this.#name = name;
    this.#target = target;
    this.#access = access;
    this.#inTurn = inTurn;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(Uint8Array.from(bytes));
  }

  publish(): Promise<Published> {
    return this.#inTurn(async () => {
      const bytes = Buffer.concat(this.#chunks);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const input = this.#name.replace(/(\.rejected)?\.csv$/, '');
      const batch = createHash('sha256')
        .update(JSON.stringify([input, sha256]))
        .digest('hex');
      const { uri } = this.#target;
      const deed: Deed = {
        name: uri,
        otherwise: 'OUTPUT_UNWRITABLE',
        grant: 'SELECT and MODIFY on it, CREATE TABLE on its schema, USE SCHEMA and USE CATALOG on what it is in',
      };
      const warehouse = await Warehouse.open(deed, this.#access);
      try {
        await appendBatch(warehouse, this.#target, { input, batch, bytes });
      } finally {
        await warehouse.close();
      }
      return { uri, bytes: bytes.length, sha256, state: `${BATCH_COLUMN}=${batch}` };
    });
  }

  async discard(): Promise<void> {
    this.#chunks.length = 0;
  }
}
