import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { trustedCertificate } from './self-signed.ts';
import { type AnswerColumn, arrowRows, arrowSchema, thriftRows } from './warehouse-rows.ts';
import type { WorkspaceIdentity } from './workspace-identity.ts';

export type { AnswerColumn } from './warehouse-rows.ts';

// The Thrift library and the generated service are those that the driver itself brings.
const require = createRequire(import.meta.resolve('@databricks/sql'));
const thrift = require('thrift');
const service = require('@databricks/sql/thrift/TCLIService');
const types = require('@databricks/sql/thrift/TCLIService_types');
const Int64 = require('node-int64');

export const WAREHOUSE_PATH = '/sql/1.0/warehouses/abc';

export type Answers = Readonly<Record<string, readonly AnswerColumn[]>>;

export interface WarehouseOptions {
  readonly token: string;
  /** By statement. The error of a warehouse for others. */
  readonly answers: Answers;
  /** As warehouses of today send rows; default: columns of Thrift, as older ones do. */
  readonly arrow?: boolean;
  /** Rows of one answer to FetchResults; default: half of all. */
  readonly pageRows?: number;
  /** Tokens besides `token`. */
  readonly identity?: WorkspaceIdentity;
}

export interface SqlWarehouse {
  readonly port: number;
  /** Its certificate, for other processes. */
  readonly certificate: string;
  /** Every statement that was executed, in order. */
  readonly statements: string[];
  /** Parameters of the last statement that has any, by name, as they came: their types and values. */
  readonly parameters: Record<string, [type: string, value: string]>;
  /** Calls by name, such as `CloseSession`. */
  readonly calls: string[];
  /** Errors of statements that are known: what a warehouse says. */
  readonly refusals: Map<string, string>;
  /** Asked before a call is answered, with how many of its kind came before: the connection is cut, or a status is answered. */
  fault: (call: string, before: number) => 'cut' | number | undefined;
  stop(): void;
}

interface Asked {
  readonly statement: string;
  readonly parameters: { name: string; type: string; value: { stringValue: string } }[] | null;
}

/**
 * A stand-in for a workspace with a SQL warehouse on 127.0.0.1, which speaks the Thrift protocol over TLS with the unmodified driver.
 * Its certificate is trusted by this process until it is stopped. Needs OpenSSL: `describeWith(['openssl'], …)`.
 */
export async function startSqlWarehouse(options: WarehouseOptions): Promise<SqlWarehouse> {
  const { token, answers, arrow = false, identity } = options;
  const certificate = await trustedCertificate();
  let sent = 0;
  let current: readonly AnswerColumn[] = [];
  const status = { statusCode: types.TStatusCode.SUCCESS_STATUS };
  const refusal = (said: string) => ({
    status: { statusCode: types.TStatusCode.ERROR_STATUS, errorMessage: said, displayMessage: said },
  });
  const handle = { guid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), secret: Buffer.alloc(16, 2) };
  const respond: Record<string, (asked: Asked) => unknown> = {
    OpenSession: () => ({
      status,
      serverProtocolVersion: types.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
      sessionHandle: { sessionId: handle },
    }),
    ExecuteStatement: ({ statement, parameters }) => {
      warehouse.statements.push(statement);
      for (const { name, type, value } of parameters ?? []) warehouse.parameters[name] = [type, value.stringValue];
      const said = warehouse.refusals.get(statement);
      if (said !== undefined) return refusal(said);
      const answer = answers[statement];
      if (!answer) return refusal(`[TABLE_OR_VIEW_NOT_FOUND] ${statement} (asked with ${token}). SQLSTATE: 42P01`);
      current = answer;
      sent = 0;
      const operationType = types.TOperationType.EXECUTE_STATEMENT;
      return { status, operationHandle: { operationId: handle, operationType, hasResultSet: true } };
    },
    GetOperationStatus: () => ({ status, operationState: types.TOperationState.FINISHED_STATE, hasResultSet: true }),
    GetResultSetMetadata: () => ({
      status,
      resultFormat: arrow ? types.TSparkRowSetType.ARROW_BASED_SET : types.TSparkRowSetType.COLUMN_BASED_SET,
      ...(arrow ? { arrowSchema: arrowSchema(current) } : {}),
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
      const from = sent;
      sent = Math.min(size, from + (options.pageRows ?? Math.ceil(size / 2)));
      const results = { startRowOffset: new Int64(from), rows: [] };
      const rows = arrow ? arrowRows(current, from, sent) : thriftRows(current, from, sent);
      return { status, hasMoreRows: sent < size, results: { ...results, ...rows } };
    },
    CloseOperation: () => ({ status }),
    CloseSession: () => ({ status }),
    CancelOperation: () => ({ status }),
  };
  const faulty = new Map<string, number>();
  const handler = Object.fromEntries(
    Object.entries(respond).map(([name, answer]) => [
      name,
      (asked: Asked, done: (error: null, response: unknown) => void) => {
        warehouse.calls.push(name);
        done(null, new types[`T${name}Resp`](answer(asked)));
      },
    ]),
  );
  const server = thrift.createWebServer({
    tls: { key: certificate.key, cert: certificate.cert },
    services: {
      [WAREHOUSE_PATH]: {
        handler,
        processor: service.Processor,
        protocol: thrift.TBinaryProtocol,
        transport: thrift.TBufferedTransport,
      },
    },
  });
  const [onThrift] = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', async (asked: IncomingMessage, answering: ServerResponse) => {
    const path = new URL(asked.url!, 'https://127.0.0.1').pathname;
    const { authorization } = asked.headers;
    if (identity && path.startsWith('/oidc/')) {
      const origin = `https://127.0.0.1:${warehouse.port}`;
      const { status, body } = await identity.answer(
        origin,
        path,
        authorization,
        new URLSearchParams(await text(asked)),
      );
      answering.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const given = authorization?.replace(/^Bearer /, '') ?? '';
    if (given !== token && !identity?.accepts(given)) answering.writeHead(401).end();
    else if (path !== WAREHOUSE_PATH) answering.writeHead(404).end();
    else onThrift(asked, cutting(answering));
  });
  /** The answer goes back as the fault of its call says. */
  const cutting = (answering: ServerResponse): ServerResponse => {
    const [writeHead, end] = [answering.writeHead.bind(answering), answering.end.bind(answering)];
    let code = 200;
    answering.writeHead = ((given: number) => {
      code = given;
      return answering;
    }) as typeof answering.writeHead;
    answering.end = ((bytes: Buffer = Buffer.alloc(0)) => {
      const call = warehouse.calls.at(-1)!;
      const before = faulty.get(call) ?? 0;
      faulty.set(call, before + 1);
      const fault = warehouse.fault(call, before);
      if (typeof fault === 'number') {
        writeHead(fault);
        return end();
      }
      writeHead(code, { 'content-length': bytes.length });
      if (fault === undefined) return end(bytes);
      answering.write(bytes.subarray(0, bytes.length >> 1), () => answering.destroy());
      return answering;
    }) as typeof answering.end;
    return answering;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const warehouse: SqlWarehouse = {
    port: (server.address() as AddressInfo).port,
    certificate: certificate.cert,
    statements: [],
    parameters: {},
    calls: [],
    refusals: new Map(),
    fault: () => undefined,
    stop: () => {
      certificate.distrust();
      server.closeAllConnections();
      server.close();
    },
  };
  return warehouse;
}
