import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { trustedCertificate } from './self-signed.ts';

// The Thrift library and the generated structs are those that the driver itself brings.
const require = createRequire(import.meta.resolve('@databricks/sql'));
const thrift = require('thrift');
const types = require('@databricks/sql/thrift/TCLIService_types');

/** A generated struct of the Thrift definition. */
// biome-ignore lint/suspicious/noExplicitAny: the driver's generated code has fields by name
type Struct = any;
type Edit = (struct: Struct) => void;

export interface ThriftFront {
  readonly port: number;
  /** Its certificate, for other processes. */
  readonly certificate: string;
  /** Calls by name, such as `FetchResults`, in order. */
  readonly calls: string[];
  /** Statements as the driver sent them. */
  readonly statements: string[];
  /** Asked before the answer to a call goes back; `cut` ends the connection in the middle of it, a number is a status in its place. */
  fault: (call: string) => 'cut' | number | undefined;
  stop(): Promise<void>;
}

const CALL = { type: 1, field: 1 };
const REPLY = { type: 2, field: 0 };
const HEADER_BYTES = 12;
/** ThriftHttpServlet of Spark decodes no Bearer. */
const BASIC = `Basic ${Buffer.from('token:x').toString('base64')}`;

/** How a call of the driver differs from what Spark's own server takes. */
const CALLS: Readonly<Record<string, readonly [string, Edit]>> = {
  OpenSession: [
    'TOpenSessionReq',
    (asked) => {
      asked.client_protocol = types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10;
    },
  ],
  ExecuteStatement: [
    'TExecuteStatementReq',
    (asked) => {
      // Where the wire of Databricks has a list of parameters, the SQL of Spark has a clause.
      if (!asked.parameters?.length) return;
      const using = asked.parameters.map(parameterText).join(', ');
      asked.statement = `EXECUTE IMMEDIATE ${literal(asked.statement)} USING ${using}`;
      asked.parameters = null;
    },
  ],
};

/** How an answer of Spark's own server differs from what the driver takes. */
const REPLIES: Readonly<Record<string, readonly [string, Edit]>> = {
  OpenSession: [
    'TOpenSessionResp',
    (answer) => {
      // With an older one the driver drops parameters without a word.
      answer.serverProtocolVersion = types.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8;
    },
  ],
  GetResultSetMetadata: [
    'TGetResultSetMetadataResp',
    (answer) => {
      answer.resultFormat ??= types.TSparkRowSetType.COLUMN_BASED_SET;
      // Spark 4 counts from 0, and the driver would take each column for the one before it.
      const columns = answer.schema?.columns ?? [];
      if (columns.some((column: Struct) => column.position === 0)) for (const column of columns) column.position += 1;
    },
  ],
};

/**
 * TLS on 127.0.0.1 before a Thrift server of Apache Spark over HTTP, so that the unmodified driver of Databricks can speak to it: the
 * token is checked here, and the few things in which the two dialects of the protocol differ are translated.
 */
export async function startThriftFront(port: number, token: string): Promise<ThriftFront> {
  const certificate = await trustedCertificate();
  const agent = new Agent({ keepAlive: true });
  const answerCall = async (asked: IncomingMessage, answering: ServerResponse): Promise<void> => {
    const received = await buffer(asked);
    const call = nameOf(received);
    front.calls.push(call);
    if (call === 'ExecuteStatement') {
      recode(received, CALL, 'TExecuteStatementReq', ({ statement }) => front.statements.push(statement));
    }
    const fault = front.fault(call);
    if (typeof fault === 'number') {
      answering.writeHead(fault).end();
      return;
    }
    const body = CALLS[call] ? recode(received, CALL, ...CALLS[call]) : received;
    const { status, type, answer } = await passOn(agent, port, asked, body);
    const reply = status === 200 && REPLIES[call] ? recode(answer, REPLY, ...REPLIES[call]) : answer;
    answering.writeHead(status, { 'content-type': type, 'content-length': reply.length });
    if (fault === 'cut') answering.write(reply.subarray(0, reply.length >> 1), () => answering.destroy());
    else answering.end(reply);
  };
  const server = createServer(certificate, (asked, answering) => {
    if (asked.headers.authorization === `Bearer ${token}`) {
      answerCall(asked, answering).catch(() => answering.destroy());
    } else {
      asked.resume();
      answering.writeHead(401).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: ThriftFront = {
    port: (server.address() as AddressInfo).port,
    certificate: certificate.cert,
    calls: [],
    statements: [],
    fault: () => undefined,
    stop: async () => {
      certificate.distrust();
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return front;
}

function passOn(
  agent: Agent,
  port: number,
  asked: IncomingMessage,
  body: Uint8Array,
): Promise<{ status: number; type: string; answer: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { ...asked.headers, authorization: BASIC, host: 'localhost', 'content-length': body.length };
    request({ host: '127.0.0.1', port, method: 'POST', path: asked.url, agent, headers }, (answer) => {
      const type = answer.headers['content-type'] ?? 'application/x-thrift';
      buffer(answer).then((bytes) => resolve({ status: answer.statusCode!, type, answer: bytes }), reject);
    })
      .on('error', reject)
      .end(body);
  });
}

function nameOf(message: Buffer): string {
  const isStrict = message.length > HEADER_BYTES && message.readUInt16BE(0) === 0x8001;
  return isStrict ? message.toString('latin1', 8, 8 + message.readInt32BE(4)) : '';
}

/** Reads the struct of a message with the driver's own code, lets it be changed, and writes it again. */
function recode(message: Buffer, where: { type: number; field: number }, struct: string, edit: Edit): Buffer {
  let written = message;
  thrift.TBufferedTransport.receiver((transport: Struct) => {
    const input = new thrift.TBinaryProtocol(transport);
    const header = input.readMessageBegin();
    input.readStructBegin();
    const field = input.readFieldBegin();
    if (header.mtype !== where.type || field.fid !== where.field || field.ftype !== thrift.Thrift.Type.STRUCT) return;
    const value = new types[struct]();
    value.read(input);
    edit(value);
    const buffered = new thrift.TBufferedTransport(undefined, (bytes: Buffer) => {
      written = bytes;
    });
    const output = new thrift.TBinaryProtocol(buffered);
    output.writeMessageBegin(header.fname, header.mtype, header.rseqid);
    output.writeStructBegin('message');
    output.writeFieldBegin('value', thrift.Thrift.Type.STRUCT, where.field);
    value.write(output);
    output.writeFieldEnd();
    output.writeFieldStop();
    output.writeStructEnd();
    output.writeMessageEnd();
    buffered.flush();
  }, 0)(message);
  return written;
}

function parameterText({ name, type, value }: Struct): string {
  const text = value === null || value === undefined ? 'NULL' : `CAST(${literal(value.stringValue)} AS ${type})`;
  return name ? `${text} AS ${name}` : text;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
