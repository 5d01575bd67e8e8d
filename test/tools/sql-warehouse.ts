import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { mustRun } from './run-program.ts';

// The Thrift library and the generated service are those that the driver itself brings.
const require = createRequire(import.meta.resolve('@databricks/sql'));
const thrift = require('thrift');
const service = require('@databricks/sql/thrift/TCLIService');
const types = require('@databricks/sql/thrift/TCLIService_types');
const Int64 = require('node-int64');

/** A column of an answer: its Thrift type, and values with null where there is none. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: 'BOOLEAN' | 'INT' | 'BIGINT' | 'DOUBLE' | 'STRING' | 'DATE' | 'TIMESTAMP' | 'DECIMAL';
  readonly values: readonly unknown[];
}

export interface SqlWarehouse {
  readonly port: number;
  /** Every statement that was executed, in order. */
  readonly statements: string[];
  /** Calls by name, such as `CloseSession`. */
  readonly calls: string[];
  stop(): void;
}

/** In which field of a column a type travels, and how its values are written. */
const WIRE = {
  BOOLEAN: ['boolVal', 'TBoolColumn', false],
  INT: ['i32Val', 'TI32Column', 0],
  BIGINT: ['i64Val', 'TI64Column', 0n],
  DOUBLE: ['doubleVal', 'TDoubleColumn', 0],
  STRING: ['stringVal', 'TStringColumn', ''],
  DATE: ['stringVal', 'TStringColumn', ''],
  TIMESTAMP: ['stringVal', 'TStringColumn', ''],
  DECIMAL: ['stringVal', 'TStringColumn', ''],
} as const;

/**
 * A stand-in for a SQL warehouse on 127.0.0.1, which speaks the Thrift protocol over TLS with the unmodified driver: one answer for
 * each statement, in two chunks, and the error of a warehouse for statements it does not know. Its certificate is trusted by this
 * process until it is stopped. Needs OpenSSL: `describeWith(['openssl'], …)`.
 */
export async function startSqlWarehouse(
  token: string,
  answers: Readonly<Record<string, readonly AnswerColumn[]>>,
): Promise<SqlWarehouse> {
  const tls = await selfSigned();
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, tls.cert]);
  const statements: string[] = [];
  const calls: string[] = [];
  const sent = new Map<string, number>();
  let current: readonly AnswerColumn[] = [];
  const status = { statusCode: types.TStatusCode.SUCCESS_STATUS };
  const handle = { guid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), secret: Buffer.alloc(16, 2) };
  const respond: Record<string, (request: { statement: string }) => unknown> = {
    OpenSession: () => ({
      status,
      serverProtocolVersion: types.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V5,
      sessionHandle: { sessionId: handle },
    }),
    ExecuteStatement: ({ statement }) => {
      statements.push(statement);
      const answer = answers[statement];
      if (!answer) {
        const said = `[TABLE_OR_VIEW_NOT_FOUND] ${statement} (asked with ${token})`;
        return { status: { statusCode: types.TStatusCode.ERROR_STATUS, errorMessage: said, displayMessage: said } };
      }
      current = answer;
      sent.clear();
      const operationType = types.TOperationType.EXECUTE_STATEMENT;
      return { status, operationHandle: { operationId: handle, operationType, hasResultSet: true } };
    },
    GetOperationStatus: () => ({ status, operationState: types.TOperationState.FINISHED_STATE, hasResultSet: true }),
    GetResultSetMetadata: () => ({
      status,
      resultFormat: types.TSparkRowSetType.COLUMN_BASED_SET,
      schema: {
        columns: current.map(({ name, type }, i) => ({
          columnName: name,
          position: i + 1,
          typeDesc: { types: [{ primitiveEntry: { type: types.TTypeId[`${type}_TYPE`] } }] },
        })),
      },
    }),
    FetchResults: () => {
      const size = current[0]?.values.length ?? 0;
      const from = sent.get('rows') ?? 0;
      const to = from === 0 ? Math.ceil(size / 2) : size;
      sent.set('rows', to);
      const columns = current.map((column) => wireColumn(column, from, to));
      return { status, hasMoreRows: to < size, results: { startRowOffset: new Int64(from), rows: [], columns } };
    },
    CloseOperation: () => ({ status }),
    CloseSession: () => ({ status }),
    CancelOperation: () => ({ status }),
  };
  const handler = Object.fromEntries(
    Object.entries(respond).map(([name, answer]) => [
      name,
      (request: { statement: string }, done: (error: null, response: unknown) => void) => {
        calls.push(name);
        done(null, new types[`T${name}Resp`](answer(request)));
      },
    ]),
  );
  const server = thrift.createWebServer({
    tls,
    services: {
      '/sql/1.0/warehouses/abc': {
        handler,
        processor: service.Processor,
        protocol: thrift.TBinaryProtocol,
        transport: thrift.TBufferedTransport,
      },
    },
  });
  const [onRequest] = server.listeners('request');
  server.removeAllListeners('request');
  server.on(
    'request',
    (request: { headers: { authorization?: string } }, response: { writeHead(n: number): { end(): void } }) => {
      if (request.headers.authorization === `Bearer ${token}`) onRequest(request, response);
      else response.writeHead(401).end();
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    statements,
    calls,
    stop: () => {
      setDefaultCACertificates(trusted);
      server.closeAllConnections();
      server.close();
    },
  };
}

function wireColumn({ type, values }: AnswerColumn, from: number, to: number): unknown {
  const [field, name, empty] = WIRE[type];
  const part = values.slice(from, to);
  const nulls = Buffer.alloc(Math.ceil(part.length / 8));
  part.forEach((value, i) => {
    if (value === null) nulls[i >> 3]! |= 1 << (i & 7);
  });
  const written = part.map((value) => (type === 'BIGINT' ? int64(BigInt((value ?? 0) as number)) : (value ?? empty)));
  return new types.TColumn({ [field]: new types[name]({ values: written, nulls }) });
}

function int64(value: bigint): unknown {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return new Int64(bytes);
}

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const what = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await mustRun('openssl', ['req', ...form, ...what, '-keyout', key, '-out', cert]);
  const read = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return read;
}
