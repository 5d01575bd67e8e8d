import { randomUUID } from 'node:crypto';
import { type FastifyInstance, fastify } from 'fastify';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Model } from '../model/load-model.ts';
import { bearerCheck } from './bearer.ts';
import { LogQueue } from './log-queue.ts';
import type { PredictionLog } from './prediction-log.ts';
import { addRoutes } from './routes.ts';

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** A request that has not arrived whole by then is given up. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Requests under way may take this long when the server is closed. */
const DRAIN_MS = 10_000;
const IDLE_MS = 50;

export interface ServerOptions {
  /** The model that is served. */
  readonly load: () => Promise<Model>;
  /** Its registered name and version; version 0: not registered. */
  readonly name: string;
  readonly version: number;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly log: { info(message: string): void; warn(message: string): void };
  /** Asked for in `Authorization: Bearer`; undefined: everybody who reaches the port may ask. */
  readonly token?: string;
  /** Closed with the server. */
  readonly predictionLog?: PredictionLog;
  /** Columns that requests may carry beside the inputs; they are logged, so that labels can be joined later. */
  readonly keyColumns?: readonly string[];
}

export interface RunningServer {
  readonly url: string;
  /** Takes no new request, answers those under way, and writes what is to be logged. */
  close(): Promise<void>;
}

/**
 * Serves a model over HTTP: MLflow's scoring protocol on /invocations, a strict one on /predict, and /ping, /health and
 * /version.
 *
 * @throws PORT_UNAVAILABLE
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, log, predictionLog } = options;
  const warn = (message: string): void => log.warn(message);
  const queue = predictionLog && new LogQueue(predictionLog, warn);
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    routerOptions: { caseSensitive: true },
  });
  try {
    addRoutes(app, {
      model: await options.load(),
      name: options.name,
      version: options.version,
      keyColumns: options.keyColumns ?? [],
      queue,
      authorized: options.token === undefined ? undefined : bearerCheck(options.token),
      warn,
    });
    await listen(app, host, port);
  } catch (error) {
    await app.close();
    await queue?.close();
    throw error;
  }
  if (options.token === undefined && !isLoopback(host)) {
    warn(`${host} can be reached from other machines, and no token is asked for; set MLOPS_SERVE_TOKEN`);
  }
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(app, host),
    close: () => (closing ??= drain(app, queue)),
  };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen' && syscall !== 'getaddrinfo') throw error;
    const why: Record<string, string> = {
      EADDRINUSE: 'another program listens there',
      EACCES: 'this user may not; ports below 1024 belong to root',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'the host is not known',
    };
    throw new MlopsError('PORT_UNAVAILABLE', `${host}:${port} cannot be listened on: ${why[code ?? ''] ?? code}`, {
      cause: error,
    });
  }
}

async function drain(app: FastifyInstance, queue: LogQueue | undefined): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  // Connections are kept alive behind the answers to requests that were under way.
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(late);
    clearInterval(idle);
    await queue?.close();
  }
}

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
