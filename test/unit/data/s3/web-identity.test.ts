import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { S3Access } from '../../../../src/data/s3/access.ts';
import { credentialsFor } from '../../../../src/data/s3/credentials.ts';
import { type IdentityServices, ROLE, startIdentityServices } from '../../../tools/identity-services.ts';
import { failure } from '../read-text.ts';

const KEYS = { id: 'ASIA0123', secret: 'session-secret-0123', token: 'session-token-0123' };

describe('a role that is assumed with a web identity', () => {
  let services: IdentityServices;
  let folder: string;

  beforeAll(async () => {
    services = await startIdentityServices(KEYS);
    folder = mkdtempSync(join(tmpdir(), 'web-identity-'));
  });
  beforeEach(() => {
    services.claims = {};
    services.failures.length = 0;
    services.sessions.length = 0;
  });
  afterAll(async () => {
    await services?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const access = (env: Readonly<Record<string, string | undefined>> = {}): S3Access => ({
    credential: (name) => ({ ...services.env, ...env })[name],
    signal: new AbortController().signal,
  });
  const assume = async (env: Readonly<Record<string, string | undefined>> = {}) => {
    const provider = credentialsFor(access(env));
    return typeof provider === 'function' ? provider() : provider;
  };
  const given = {
    accessKeyId: KEYS.id,
    secretAccessKey: KEYS.secret,
    sessionToken: KEYS.token,
    expiration: expect.any(Date),
  };

  test('GitHub is asked for a token for AWS, which gives keys for it', async () => {
    expect(await assume()).toEqual(given);
    expect(services.sessions.map((form) => [form.get('RoleArn'), form.get('RoleSessionName')])).toEqual([
      [ROLE, 'mlops'],
    ]);
  });

  test('a token file goes before GitHub, keys of the environment before both', async () => {
    const path = join(folder, 'token');
    writeFileSync(path, `${services.token('sts.amazonaws.com')}\n`);
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: path, ACTIONS_ID_TOKEN_REQUEST_URL: undefined };
    expect(await assume({ ...env, AWS_ROLE_SESSION_NAME: 'nightly' })).toEqual(given);
    expect(services.sessions.map((form) => form.get('RoleSessionName'))).toEqual(['nightly']);
    expect(await assume({ ...env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })).toEqual({
      accessKeyId: 'a',
      secretAccessKey: 'b',
    });
    // What a profile says is left to the SDK.
    expect(await assume({ AWS_PROFILE: 'dev' })).toBeUndefined();
  });

  test('a service that fails or asks to wait is asked again', async () => {
    services.failures.push({ status: 503, body: '' }, { status: 429, body: '' });
    expect(await assume()).toEqual(given);
    services.failures.push(
      { status: 500, body: '' },
      ...[400, 400].map((status) => ({
        status,
        body: '<Error><Code>IDPCommunicationError</Code><Message>issuer</Message></Error>',
      })),
    );
    services.claims = {};
    expect(await assume({ AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token') })).toEqual(given);
  });

  test('who refuses is told in their words, with what to do and without a secret', async () => {
    const trust =
      'look at the trust policy of the role: its audience, and which repository and branch it names as subject';
    const role = `AWS_ROLE_ARN is "${ROLE}", but the role is not given`;
    const said = async (env: Readonly<Record<string, string | undefined>> = {}) => {
      const error = await assume(env).catch((thrown: unknown) => thrown);
      const all = inspect(error, { depth: 9, showHidden: true });
      for (const secret of [services.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN!, 'eyJ']) expect(all).not.toContain(secret);
      return [(error as { code: string }).code, (error as Error).message];
    };
    services.claims = { sub: 'repo:acme@1/bikes@2:pull_request' };
    expect(await said()).toEqual([
      ...['ACCESS_DENIED', `${role} (AccessDenied): Not authorized to perform sts:AssumeRoleWithWebIdentity; ${trust}`],
    ]);
    services.claims = { exp: 1 };
    expect(await said()).toEqual([
      'ACCESS_DENIED',
      `${role} (ExpiredTokenException): Token expired; the identity token has expired; run the job again, or renew the token file`,
    ]);
    services.claims = { aud: 'api://other' };
    expect(await said()).toEqual([
      'ACCESS_DENIED',
      `${role} (InvalidIdentityToken): Incorrect token audience; ${trust}`,
    ]);
    expect(await said({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' })).toEqual([
      'ACCESS_DENIED',
      'GitHub gives this job no identity token (status 401); give it `permissions: id-token: write`',
    ]);
    expect(await said({ AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token' })).toEqual([
      'ACCESS_DENIED',
      'AWS_WEB_IDENTITY_TOKEN_FILE is "/nowhere/token", which cannot be read (ENOENT); check the path',
    ]);
    expect(await failure(() => assume({ ACTIONS_ID_TOKEN_REQUEST_URL: undefined }))).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        'the environment variable AWS_ROLE_ARN is set, but there is no web identity to assume the role with; on GitHub give the job `permissions: id-token: write`, elsewhere set AWS_WEB_IDENTITY_TOKEN_FILE',
      ],
    });
  });
});
