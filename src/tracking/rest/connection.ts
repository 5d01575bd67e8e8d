import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { MlopsError } from '../../errors/mlops-error.ts';
import { Redactor } from '../../errors/redact.ts';

export type Credential = (name: string) => string | undefined;

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** How requests reach one server: who asks, through which proxy, and which certificates are trusted. */
export interface Connection {
  readonly headers: Readonly<Record<string, string>>;
  /** Keeps connections open between requests. */
  readonly reused: Agents;
  /** A connection for each request: for those that may not be repeated, a reused one could be closed at that very moment. */
  readonly fresh: Agents;
  readonly proxied: boolean;
  redact(text: string): string;
  close(): void;
}

/**
 * Reads MLflow's own variables for a server: MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD, else MLFLOW_TRACKING_TOKEN;
 * MLFLOW_TRACKING_SERVER_CERT_PATH; MLFLOW_TRACKING_CLIENT_CERT_PATH, a certificate with its key; and HTTPS_PROXY, HTTP_PROXY, NO_PROXY. What NODE_EXTRA_CA_CERTS names is trusted by Node itself.
 * Without `login`, for another host than the server's, only the proxies count.
 *
 * @throws STORE_UNREACHABLE when a file of certificates cannot be read
 */
export function connect(url: string, credential: Credential, { login = true } = {}): Connection {
  const redactor = new Redactor();
  const secret = (name: string): string | undefined => {
    const value = credential(name);
    if (value !== undefined) redactor.add(value);
    return value;
  };
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'gnu-mlops-pipeline' };
  const authorized = login ? authorization(secret) : undefined;
  if (authorized !== undefined) {
    headers.authorization = authorized;
    redactor.add(authorized.replace(/^\w+ /, ''));
  }
  const proxy = proxyOf(url, secret);
  const isOwn = login && new URL(url).protocol === 'https:';
  const ca = isOwn ? fileOf('MLFLOW_TRACKING_SERVER_CERT_PATH', credential) : undefined;
  const own = isOwn ? fileOf('MLFLOW_TRACKING_CLIENT_CERT_PATH', credential) : undefined;
  const agents = (keepAlive: boolean): Agents => ({
    http: new HttpAgent({ keepAlive, ...(proxy && { proxyEnv: proxy }) }),
    https: new HttpsAgent({
      keepAlive,
      ...(proxy && { proxyEnv: proxy }),
      ...(ca && { ca }),
      ...(own && { cert: own, key: own }),
    }),
  });
  const [reused, fresh] = [agents(true), agents(false)];
  return {
    headers,
    reused,
    fresh,
    proxied: proxy !== undefined,
    redact: (text) => redactor.redact(text),
    close: () => {
      for (const agent of [reused.http, reused.https, fresh.http, fresh.https]) agent.destroy();
    },
  };
}

/** A name with a password goes before a token, as in MLflow's own client. */
function authorization(secret: Credential): string | undefined {
  const [user, password, token] = ['USERNAME', 'PASSWORD', 'TOKEN'].map((name) => secret(`MLFLOW_TRACKING_${name}`));
  if (user !== undefined && password !== undefined)
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return token === undefined ? undefined : `Bearer ${token}`;
}

function proxyOf(url: string, secret: Credential): Record<string, string> | undefined {
  const first = (name: string) => secret(name.toLowerCase()) ?? secret(name);
  const name = new URL(url).protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = first(name);
  if (proxy === undefined) return undefined;
  const except = first('NO_PROXY');
  return { [name]: proxy, ...(except === undefined ? {} : { NO_PROXY: except }) };
}

function fileOf(name: string, credential: Credential): string | undefined {
  const path = credential(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new MlopsError(
      'STORE_UNREACHABLE',
      `${name} is "${path}", which cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}
