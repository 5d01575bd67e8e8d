import { setTimeout as sleep } from 'node:timers/promises';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { DatabricksAccess, Workspace } from './access.ts';

const ATTEMPTS = 4;
const TIMEOUT_MS = 20_000;
/** Of a token whose issuer does not say how long it is valid. */
const UNTOLD_SECONDS = 900;
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

export interface IssuedToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expires: number;
}

/**
 * A token for the service principal that the secret belongs to (OAuth M2M).
 *
 * @throws ACCESS_DENIED
 *
 * Source  RFC 6749, section 4.4
 */
export async function clientCredentialsToken(
  workspace: Workspace,
  clientId: string,
  secret: string,
  access: DatabricksAccess,
): Promise<IssuedToken> {
  const endpoint = await tokenEndpoint(workspace, access);
  // Each is encoded before they are joined: RFC 6749, section 2.3.1.
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64');
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' });
  const headers = { authorization: `Basic ${basic}` };
  const answer = await ask(endpoint, { method: 'POST', headers, body }, access.signal);
  return issued(answer, (said) => {
    const remedy =
      'check that DATABRICKS_CLIENT_SECRET belongs to DATABRICKS_CLIENT_ID, has not expired, and that the service principal is in this workspace';
    return `${workspace.origin} gives the service principal no token (${said.replaceAll(secret, '***')}); ${remedy}`;
  });
}

/**
 * A token of the workspace for the identity token that GitHub gives to this job. A federation policy of the service principal names
 * the issuer, the audience and the repository that it trusts.
 *
 * @throws ACCESS_DENIED
 *
 * Source  RFC 8693; GitHub, OpenID Connect reference; Databricks, workload identity federation
 */
export async function exchangedToken(
  workspace: Workspace,
  clientId: string,
  access: DatabricksAccess,
): Promise<IssuedToken> {
  const endpoint = await tokenEndpoint(workspace, access);
  const identity = await identityToken(access.credential('DATABRICKS_TOKEN_AUDIENCE') ?? endpoint, access);
  const body = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    subject_token_type: JWT,
    subject_token: identity,
    scope: 'all-apis',
    client_id: clientId,
  });
  const answer = await ask(endpoint, { method: 'POST', body }, access.signal);
  return issued(answer, (said) => {
    const remedy =
      'look at the federation policy of the service principal: its issuer, its audience, and which repository and branch it names as subject';
    return `${workspace.origin} does not exchange GitHub's identity token (${said.replaceAll(identity, '***')}); ${remedy}`;
  });
}

/** As the workspace tells it, which is where its secrets may go. */
async function tokenEndpoint(workspace: Workspace, access: DatabricksAccess): Promise<string> {
  const url = `${workspace.origin}/oidc/.well-known/oauth-authorization-server`;
  const { status, fields } = await ask(url, {}, access.signal);
  const endpoint = fields.token_endpoint;
  if (status === 200 && typeof endpoint === 'string' && URL.canParse(endpoint) && endpoint.startsWith('https://'))
    return endpoint;
  throw new MlopsError(
    'ACCESS_DENIED',
    `${workspace.origin} does not say where tokens are given (status ${status} of /oidc/.well-known/oauth-authorization-server); check DATABRICKS_HOST`,
  );
}

async function identityToken(audience: string, { credential, signal }: DatabricksAccess): Promise<string> {
  const url = new URL(credential('ACTIONS_ID_TOKEN_REQUEST_URL')!);
  url.searchParams.set('audience', audience);
  const headers = {
    authorization: `Bearer ${credential('ACTIONS_ID_TOKEN_REQUEST_TOKEN')}`,
    accept: 'application/json',
  };
  const { status, fields } = await ask(url.href, { headers }, signal);
  if (status === 200 && typeof fields.value === 'string') return fields.value;
  throw new MlopsError(
    'ACCESS_DENIED',
    `GitHub gives this job no identity token (status ${status}); give it \`permissions: id-token: write\``,
  );
}

function issued({ status, fields }: Answer, refused: (said: string) => string): IssuedToken {
  const { access_token: token, expires_in: seconds = UNTOLD_SECONDS } = fields;
  if (status === 200 && typeof token === 'string' && token !== '')
    return { token, expires: Date.now() + Number(seconds) * 1000 };
  const said = [fields.error, fields.error_description, fields.message].filter((text) => typeof text === 'string');
  throw new MlopsError('ACCESS_DENIED', refused(said.length === 0 ? `status ${status}` : said.join(': ')));
}

interface Answer {
  readonly status: number;
  /** Of the JSON object; none when it is something else. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Asks again, ever later, while the other side fails or is not reached. */
async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      // A redirection could carry a secret elsewhere.
      const answer = await fetch(url, { ...init, redirect: 'error', signal: limit });
      const text = await answer.text();
      if ((answer.status < 500 && answer.status !== 429) || attempt === ATTEMPTS)
        return { status: answer.status, fields: fieldsOf(text) };
    } catch (error) {
      signal.throwIfAborted();
      const cause = (error as Error).cause ?? error;
      if (attempt === ATTEMPTS) {
        throw new MlopsError(
          'ACCESS_DENIED',
          `${new URL(url).origin} does not answer (${(cause as Error).message}); check DATABRICKS_HOST and the network, and run again`,
          { cause },
        );
      }
    }
    await sleep(2 ** attempt * 100 * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
