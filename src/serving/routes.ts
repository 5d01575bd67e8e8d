import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Model } from '../model/load-model.ts';
import { MLFLOW_VERSION } from '../model/mlmodel.ts';
import { predictionTexts } from './answer.ts';
import { parseInvocation } from './invocation.ts';
import type { LogQueue } from './log-queue.ts';
import { ScoringError, unsupportedMedia } from './scoring-error.ts';
import { parseStrict } from './strict-rows.ts';

/** What the paths answer with. */
export interface Scoring {
  readonly model: Model;
  readonly name: string;
  readonly version: number;
  readonly keyColumns: readonly string[];
  readonly queue: LogQueue | undefined;
  /** Whether a header carries the token; undefined: everybody may ask. */
  readonly authorized: ((authorization: string | undefined) => boolean) | undefined;
  readonly warn: (message: string) => void;
}

/** Paths and the one method that each takes. */
const METHODS: Readonly<Record<string, string>> = {
  '/ping': 'GET',
  '/health': 'GET',
  '/version': 'GET',
  '/invocations': 'POST',
  '/predict': 'POST',
};

/** MLflow's scoring protocol, and /predict beside it. */
export function addRoutes(app: FastifyInstance, scoring: Scoring): void {
  const { model, name, version } = scoring;
  const schema = { inputs: model.inputs, keyColumns: scoring.keyColumns };

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const { url } = request.routeOptions;
    if (scoring.authorized && url !== undefined && METHODS[url] === 'POST')
      authorize(request, reply, scoring.authorized);
  });

  for (const path of ['/ping', '/health']) app.get(path, async (_request, reply) => json(reply, '\n'));
  app.get('/version', async (_request, reply) => json(reply, MLFLOW_VERSION));

  app.post('/invocations', async (request, reply) => {
    const started = performance.now();
    const table = await parseInvocation(request.headers['content-type'], bodyOf(request), schema);
    const predictions = model.predict(table);
    json(reply, `{"predictions":[${predictionTexts(predictions).join(',')}]}`);
    scoring.queue?.add({ id: request.id, latencyMs: performance.now() - started, inputs: table, predictions });
    return reply;
  });

  app.post('/predict', async (request, reply) => {
    const started = performance.now();
    const { table, single } = parseStrict(request.headers['content-type'], bodyOf(request), schema);
    const predictions = model.predict(table);
    const rows = predictionTexts(predictions);
    const head = JSON.stringify({ request_id: request.id, model_name: name, model_version: version }).slice(0, -1);
    json(reply, single ? `${head},${rows[0]!.slice(1)}` : `${head},"predictions":[${rows.join(',')}]}`);
    scoring.queue?.add({ id: request.id, latencyMs: performance.now() - started, inputs: table, predictions });
    return reply;
  });

  app.setNotFoundHandler((request, reply) => {
    const method = METHODS[request.url.split('?')[0]!];
    if (method === undefined) return json(reply.code(404), { detail: 'Not Found' });
    return json(reply.code(405).header('allow', method), { detail: 'Method Not Allowed' });
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, scoring.warn));
}

function authorize(
  request: FastifyRequest,
  reply: FastifyReply,
  authorized: (header: string | undefined) => boolean,
): void {
  if (authorized(request.headers.authorization)) return;
  reply.header('www-authenticate', 'Bearer');
  throw new ScoringError(401, {
    error_code: 'UNAUTHENTICATED',
    message: 'The header "Authorization: Bearer <token>" is missing, or its token is another one',
  });
}

function bodyOf(request: FastifyRequest): Buffer {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw unsupportedMedia(`Content-Encoding is "${encoding.slice(0, 100)}"; send the body as it is`);
  }
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** As bytes: to a text fastify would add a charset, which JSON does not have. */
function json(reply: FastifyReply, body: string | Readonly<Record<string, unknown>>): FastifyReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return reply.header('content-type', 'application/json').send(Buffer.from(text));
}

/** Faults of the request in words; of the server's own faults nothing but that there was one. */
function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  warn: (message: string) => void,
): FastifyReply {
  if (error instanceof ScoringError) {
    return json(reply.code(error.status), { ...error.body, request_id: request.id });
  }
  if (error instanceof MlopsError && error.code === 'PAST_UNKNOWN') {
    return json(reply.code(400), { error_code: 'BAD_REQUEST', message: error.message, request_id: request.id });
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message?: string };
  if (statusCode < 500) {
    const code = statusCode === 413 ? 'REQUEST_TOO_LARGE' : 'BAD_REQUEST';
    return json(reply.code(statusCode), { error_code: code, message, request_id: request.id });
  }
  warn(`request ${request.id} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return json(reply.code(500), {
    error_code: 'INTERNAL_ERROR',
    message: 'The server could not answer; its log says why under the request id',
    request_id: request.id,
  });
}
