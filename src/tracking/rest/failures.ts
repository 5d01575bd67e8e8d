import { STATUS_CODES } from 'node:http';
import { MlopsError } from '../../errors/mlops-error.ts';
import { Refusal } from './refusal.ts';
import { Transient } from './retry.ts';

/** Statuses after which the same request may be answered. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);
/** The request has not left this machine. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** The server wants to know who asks. */
const CLIENT_CERTIFICATE = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA)|HANDSHAKE_FAILURE/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/;

const LOGIN = 'set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN';

export interface FailedAnswer {
  /** Server, method and path. */
  readonly what: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Without secrets. */
  readonly text: string;
}

/** What an answer outside 2xx means: Transient when it may pass, else a Refusal. */
export function answerError({ what, status, headers, text }: FailedAnswer): Error {
  const { errorCode, said } = spoken(text);
  const answer = `${what} was answered with ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const message = said === '' ? answer : `${answer}: ${said}`;
  if (isPassing(status)) {
    return new Transient(message, { notDone: status === 429, retryAfterMs: retryAfter(headers['retry-after']) });
  }
  return new Refusal(`${message}${advice(status, headers, text, errorCode)}`, { status, errorCode, said });
}

/** What a request without an answer means. The original error is not kept: it holds the headers, and so the login. */
export function connectionError(what: string, error: unknown, redact: (text: string) => string): Error {
  if (error instanceof MlopsError || error instanceof Transient) return error;
  const { code = '', name, message } = error as { code?: string; name?: string; message?: string };
  const why = name === 'TimeoutError' ? 'no answer in time' : redact(message || code);
  const cause = new Error(redact(`${code} ${message}`.trim()));
  if (CLIENT_CERTIFICATE.test(code)) {
    return new MlopsError(
      'STORE_UNREACHABLE',
      `${what}: the server does not take this client (${why}). Give it a certificate with its key, as one PEM file, with MLFLOW_TRACKING_CLIENT_CERT_PATH`,
      { cause },
    );
  }
  if (CERTIFICATE.test(code)) {
    return new MlopsError(
      'STORE_UNREACHABLE',
      `${what}: the certificate of the server is not trusted (${why}). Give the certificates of its authority as a file with MLFLOW_TRACKING_SERVER_CERT_PATH or NODE_EXTRA_CA_CERTS`,
      { cause },
    );
  }
  return new Transient(`${what} failed: ${why}`, { notDone: NOT_SENT.has(code), cause });
}

/** MLflow answers in JSON; what stands before it in HTML or plain text. */
function spoken(text: string): { errorCode: string; said: string } {
  try {
    const { error_code, message } = JSON.parse(text) as { error_code?: unknown; message?: unknown };
    if (typeof message === 'string' || typeof error_code === 'string')
      return { errorCode: String(error_code ?? ''), said: String(message ?? error_code).slice(0, 1_000) };
  } catch {
    // Not MLflow's own answer.
  }
  const plain = text
    .replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return { errorCode: '', said: plain.slice(0, 200) };
}

function advice(status: number, headers: Readonly<Record<string, unknown>>, text: string, errorCode: string): string {
  if (status === 401) return `. The server asks for a login: ${LOGIN}`;
  if (status === 403 && text.includes('Invalid Host header'))
    return '. Name this host in --allowed-hosts when the server is started';
  if (status === 403) return '. This login may not do that';
  if (status === 404 && errorCode === '')
    return '. The toolkit needs MLflow 3.0 or newer, with its path in the URI if it has one';
  const place = URL.parse(String(headers.location ?? ''));
  if (status >= 300 && status < 400 && place)
    return `. It redirects to ${place.origin}${place.pathname.replace(/\/api\/2\.0\/.*$/, '')}: use that as the URI`;
  return '';
}

/** Whether the same request may be answered later. */
export function isPassing(status: number): boolean {
  return PASSING.has(status);
}

/** Of a Retry-After: seconds, or a date. */
export function retryAfter(header: unknown): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
