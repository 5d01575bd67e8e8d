import { createPublicKey, createSign, createVerify, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service principal of the workspace. */
export const PRINCIPAL = { id: '8f3c2d1e-0000-4000-8000-1234567890ab', secret: 'dose-secret/+=0123456789' };
const SUBJECT = 'repo:acme/bikes:ref:refs/heads/main';

export interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Gives and knows the tokens of a workspace. */
export interface WorkspaceIdentity {
  /** What a GitHub job with `id-token: write` has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Claims of the identity tokens that are issued from now on, over the usual ones. */
  claims: Record<string, unknown>;
  /** How long the tokens of the workspace are valid. */
  seconds: number;
  /** Answers that come first, in place of the right ones. */
  readonly failures: TokenAnswer[];
  /** What was asked of the token endpoint. */
  readonly asked: URLSearchParams[];
  /** Tokens that were given, the latest last. */
  readonly given: string[];
  /** What is answered below /oidc of the workspace. */
  answer(origin: string, path: string, authorization: string | undefined, form: URLSearchParams): Promise<TokenAnswer>;
  accepts(token: string): boolean;
  stop(): Promise<void>;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const refused = (status: number, error: string, error_description: string): TokenAnswer => ({
  status,
  body: { error, error_description },
});

/**
 * GitHub's issuer of identity tokens on 127.0.0.1, and the token endpoint of a workspace with a service principal that trusts it: the
 * key is looked up where the token says that its issuer is, and signature (RS256), issuer, audience, subject and time are checked.
 */
export async function startWorkspaceIdentity(): Promise<WorkspaceIdentity> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bearer = 'request-token-0123456789';
  let issuer = '';
  const issue = (aud: string): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud, sub: SUBJECT, iat: now, exp: now + 300, ...identity.claims };
    const head = `${encoded({ alg: 'RS256', typ: 'JWT', kid: 'one' })}.${encoded(claims)}`;
    return `${head}.${createSign('sha256').update(head).sign(privateKey, 'base64url')}`;
  };
  const github = createServer((asked, answering) => {
    const url = new URL(asked.url!, issuer);
    const isAsker = asked.headers.authorization === `Bearer ${bearer}`;
    const answers: Record<string, TokenAnswer> = {
      '/.well-known/openid-configuration': { status: 200, body: { issuer, jwks_uri: `${issuer}/jwks` } },
      '/jwks': { status: 200, body: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }] } },
      '/token': isAsker
        ? { status: 200, body: { value: issue(url.searchParams.get('audience') ?? '') } }
        : { status: 401, body: {} },
    };
    const { status, body } = answers[url.pathname] ?? { status: 404, body: {} };
    answering.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(github, 'listening');
  issuer = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
  const expiry = new Map<string, number>();
  const give = (): TokenAnswer => {
    const token = `ey-workspace-${randomUUID()}`;
    expiry.set(token, Date.now() + identity.seconds * 1000);
    identity.given.push(token);
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: identity.seconds } };
  };
  const exchange = async (endpoint: string, form: URLSearchParams): Promise<TokenAnswer> => {
    const [head = '', claims = '', signature = ''] = (form.get('subject_token') ?? '').split('.');
    const fault = await faultOf(issuer, endpoint, head, claims, signature);
    if (fault !== undefined) return refused(400, 'invalid_grant', fault);
    return form.get('client_id') === PRINCIPAL.id ? give() : refused(401, 'invalid_client', 'Client is not known');
  };
  const identity: WorkspaceIdentity = {
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
      DATABRICKS_CLIENT_ID: PRINCIPAL.id,
    },
    claims: {},
    seconds: 3600,
    failures: [],
    asked: [],
    given: [],
    async answer(origin, path, authorization, form) {
      const failure = identity.failures.shift();
      if (failure) return failure;
      const endpoint = `${origin}/oidc/v1/token`;
      if (path === '/oidc/.well-known/oauth-authorization-server') {
        return { status: 200, body: { issuer: `${origin}/oidc`, token_endpoint: endpoint } };
      }
      if (path !== '/oidc/v1/token') return { status: 404, body: {} };
      identity.asked.push(form);
      if (form.get('scope') !== 'all-apis') return refused(400, 'invalid_scope', 'Scope must be all-apis');
      if (form.get('grant_type') === 'client_credentials') {
        const pair = [PRINCIPAL.id, PRINCIPAL.secret].map(encodeURIComponent).join(':');
        const isIt = authorization === `Basic ${Buffer.from(pair).toString('base64')}`;
        return isIt ? give() : refused(401, 'invalid_client', 'Client authentication failed');
      }
      const isExchange =
        form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
        form.get('subject_token_type') === 'urn:ietf:params:oauth:token-type:jwt';
      return isExchange ? exchange(endpoint, form) : refused(400, 'unsupported_grant_type', 'Not known');
    },
    accepts: (token) => (expiry.get(token) ?? 0) > Date.now(),
    stop: async () => {
      github.closeAllConnections();
      github.close();
      await once(github, 'close');
    },
  };
  return identity;
}

/** What a federation policy finds wrong with an identity token. */
async function faultOf(issuer: string, audience: string, head: string, claims: string, signature: string) {
  const parsed = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString() || '{}');
  const { iss, aud, sub, exp } = parsed(claims);
  if (iss !== issuer) return 'Issuer is not trusted';
  const { jwks_uri } = (await (await fetch(`${iss}/.well-known/openid-configuration`)).json()) as { jwks_uri: string };
  const { keys } = (await (await fetch(jwks_uri)).json()) as { keys: { kid: string }[] };
  const { alg, kid } = parsed(head);
  const jwk = keys.find((key) => key.kid === kid);
  if (alg !== 'RS256' || !jwk) return 'Key is not known';
  const key = createPublicKey({ key: jwk, format: 'jwk' } as Parameters<typeof createPublicKey>[0]);
  if (!createVerify('sha256').update(`${head}.${claims}`).verify(key, signature, 'base64url'))
    return 'Signature is wrong';
  if (exp * 1000 < Date.now()) return 'Token expired';
  if (aud !== audience) return 'Audience does not match';
  return sub === SUBJECT ? undefined : `Subject ${sub} does not match`;
}
