import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface IdentityServices {
  /** What a GitHub job with `id-token: write` has in its environment, and where the AWS service is. */
  readonly env: Readonly<Record<string, string>>;
  /** Claims of the tokens that are issued from now on, over the usual ones. */
  claims: Record<string, unknown>;
  /** Answers that come first, in place of the right ones. */
  readonly failures: { status: number; body: string }[];
  readonly sessions: URLSearchParams[];
  token(audience: string): string;
  stop(): Promise<void>;
}

const SUBJECT = 'repo:acme@1/bikes@2:ref:refs/heads/main';
export const ROLE = 'arn:aws:iam::123456789012:role/training';

/**
 * GitHub's issuer of identity tokens, and AWS's security token service with a role that trusts it: signature (RS256), issuer, audience,
 * subject and time are checked as AWS does, and refusals are in its words.
 *
 * @param keys what a session is given
 */
export async function startIdentityServices(keys: {
  id: string;
  secret: string;
  token: string;
}): Promise<IdentityServices> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bearer = 'request-token-0123456789';
  const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const services: IdentityServices = {
    env: {},
    claims: {},
    failures: [],
    sessions: [],
    token(aud) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: services.env.ISSUER, aud, sub: SUBJECT, iat: now, exp: now + 300, ...services.claims };
      const head = `${base64({ alg: 'RS256', typ: 'JWT', kid: '1' })}.${base64(claims)}`;
      return `${head}.${createSign('sha256').update(head).sign(privateKey, 'base64url')}`;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const refused = (code: string, message: string) => ({
    status: code === 'AccessDenied' ? 403 : 400,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  });
  const session = (form: URLSearchParams) => {
    services.sessions.push(form);
    const [head, claims, signature] = (form.get('WebIdentityToken') ?? '').split('.');
    const verified =
      signature !== undefined &&
      createVerify('sha256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url');
    if (!verified) return refused('InvalidIdentityToken', 'Couldn&apos;t retrieve verification key');
    const { iss, aud, sub, exp } = JSON.parse(Buffer.from(claims!, 'base64url').toString());
    if (exp * 1000 < Date.now()) return refused('ExpiredTokenException', 'Token expired');
    if (iss !== services.env.ISSUER || aud !== 'sts.amazonaws.com')
      return refused('InvalidIdentityToken', 'Incorrect token audience');
    if (sub !== SUBJECT || form.get('RoleArn') !== ROLE || form.get('Action') !== 'AssumeRoleWithWebIdentity') {
      return refused('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
    }
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    return {
      status: 200,
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${keys.id}</AccessKeyId><SecretAccessKey>${keys.secret}</SecretAccessKey><SessionToken>${keys.token}</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    };
  };
  const answer = async (asked: IncomingMessage) => {
    const failure = services.failures.shift();
    if (failure) return failure;
    const url = new URL(asked.url!, 'http://localhost');
    if (url.pathname === '/token') {
      if (asked.headers.authorization !== `Bearer ${bearer}`)
        return { status: 401, body: '{"message":"Unauthorized"}' };
      return { status: 200, body: JSON.stringify({ value: services.token(url.searchParams.get('audience')!) }) };
    }
    return session(new URLSearchParams(await text(asked)));
  };
  const server = createServer(async (asked, answering) => {
    const { status, body } = await answer(asked);
    answering.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(services.env, {
    ISSUER: origin,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    AWS_ENDPOINT_URL_STS: origin,
    AWS_ROLE_ARN: ROLE,
  });
  return services;
}
