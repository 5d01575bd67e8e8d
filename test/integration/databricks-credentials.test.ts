import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { workspaceAt } from '../../src/data/databricks/access.ts';
import { credentialsFor } from '../../src/data/databricks/credentials.ts';
import { readTable } from '../../src/data/read-table.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type SqlWarehouse, startSqlWarehouse, WAREHOUSE_PATH } from '../tools/sql-warehouse.ts';
import { PRINCIPAL, startWorkspaceIdentity, type WorkspaceIdentity } from '../tools/workspace-identity.ts';
import { failure, plain } from '../unit/data/read-text.ts';

const STATEMENT = 'SELECT * FROM `t`';
type Env = Readonly<Record<string, string | undefined>>;

describeWith(['openssl'], 'credentials of a workspace', () => {
  let identity: WorkspaceIdentity;
  let warehouse: SqlWarehouse;
  const access = (env: Env) => ({
    credential: (name: string) =>
      ({
        DATABRICKS_HOST: `127.0.0.1:${warehouse.port}`,
        DATABRICKS_HTTP_PATH: WAREHOUSE_PATH,
        ...env,
      })[name],
    signal: new AbortController().signal,
  });
  const read = (env: Env) => readTable(['databricks://t'], { cwd: '/', csv: csvSettings.parse({}), ...access(env) });
  const credentials = (env: Env) => credentialsFor(workspaceAt(`127.0.0.1:${warehouse.port}`), access(env));
  const m2m: Env = { DATABRICKS_CLIENT_ID: PRINCIPAL.id, DATABRICKS_CLIENT_SECRET: PRINCIPAL.secret };

  beforeAll(async () => {
    identity = await startWorkspaceIdentity();
    warehouse = await startSqlWarehouse({
      token: 'dapi-test-token-0123456789',
      answers: { [STATEMENT]: [{ name: 'x', type: 'INT', values: [1, 2, 3, 4] }] },
      pageRows: 1,
      identity,
    });
  });
  afterEach(() => {
    identity.claims = {};
    identity.seconds = 3600;
    identity.asked.length = 0;
    identity.given.length = 0;
  });
  afterAll(async () => {
    warehouse?.stop();
    await identity?.stop();
  });

  test('a service principal reads with its secret, asked for one token', async () => {
    expect(plain((await read(m2m)).table)).toEqual({ x: ['numeric', 1, 2, 3, 4] });
    expect(identity.asked.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: 'client_credentials', scope: 'all-apis' },
    ]);
  });

  test('a GitHub job reads with its identity token, whose signature, audience and time the workspace checks', async () => {
    expect(plain((await read(identity.env)).table)).toEqual({ x: ['numeric', 1, 2, 3, 4] });
    expect(identity.asked.map((form) => ({ ...Object.fromEntries(form), subject_token: '' }))).toEqual([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        subject_token: '',
        scope: 'all-apis',
        client_id: PRINCIPAL.id,
      },
    ]);
    const refusal = async (env: Env = {}) => {
      const { code, faults } = await failure(() => read({ ...identity.env, ...env }));
      return [code, faults[0]!.replace(/^https:\/\/127\.0\.0\.1:\d+/, 'HOST')];
    };
    const told = (said: string) => [
      'ACCESS_DENIED',
      `HOST does not exchange GitHub's identity token (${said}); look at the federation policy of the service principal: its issuer, its audience, and which repository and branch it names as subject`,
    ];
    expect(await refusal({ DATABRICKS_TOKEN_AUDIENCE: 'other' })).toEqual(
      told('invalid_grant: Audience does not match'),
    );
    identity.claims = { exp: 1 };
    expect(await refusal()).toEqual(told('invalid_grant: Token expired'));
    identity.claims = { sub: 'repo:mallory/bikes:ref:refs/heads/main' };
    expect(await refusal()).toEqual(
      told('invalid_grant: Subject repo:mallory/bikes:ref:refs/heads/main does not match'),
    );
    identity.claims = {};
    expect(await refusal({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong' })).toEqual([
      'ACCESS_DENIED',
      'GitHub gives this job no identity token (status 401); give it `permissions: id-token: write`',
    ]);
  });

  test('of several ways one is taken: a token, then the secret, then the identity of the job', () => {
    const all = { ...identity.env, ...m2m, DATABRICKS_TOKEN: 'dapi-1' };
    expect([
      credentials(all).way,
      credentials({ ...all, DATABRICKS_TOKEN: undefined }).way,
      credentials(identity.env).way,
    ]).toEqual(['token', 'client-secret', 'github-oidc']);
  });

  test('a token is kept while it is valid and replaced before it ends; who asks at once waits for the same', async () => {
    const kept = credentials(m2m);
    const first = await Promise.all([kept.token(), kept.token(), kept.token()]);
    expect([new Set(first).size, await kept.token(), identity.given]).toEqual([1, first[0], [first[0]]]);
    identity.seconds = 30;
    const short = credentials(m2m);
    expect([await short.token(), await short.token()]).toEqual(identity.given.slice(1));
    expect(kept.hide(`${first[0]} ${PRINCIPAL.secret}`)).toBe('*** ***');
  });

  test('a reading that takes longer than a token lives goes on with the next one', async () => {
    identity.seconds = 2;
    const before = warehouse.calls.length;
    warehouse.fault = () => {
      // The workspace forgets what it gave a moment ago.
      identity.seconds = 2;
      return undefined;
    };
    expect((await read(m2m)).table.nRows).toBe(4);
    expect(identity.given.length).toBe(warehouse.calls.length - before);
    warehouse.fault = () => undefined;
  });

  test('a secret that is wrong is refused in the words of the workspace, and stands in no message', async () => {
    const { code, faults } = await failure(() => read({ ...m2m, DATABRICKS_CLIENT_SECRET: 'wrong-secret-123' }));
    expect([code, faults[0]]).toEqual([
      'ACCESS_DENIED',
      expect.stringMatching(
        /gives the service principal no token \(invalid_client: Client authentication failed\); check that DATABRICKS_CLIENT_SECRET/,
      ),
    ]);
    expect(JSON.stringify(faults)).not.toContain('wrong-secret-123');
  });

  test('a token endpoint that is busy is asked again; an answer that is none is told', async () => {
    identity.failures.push({ status: 503, body: {} }, { status: 429, body: {} });
    expect(await credentials(m2m).token()).toBe(identity.given[0]);
    identity.failures.push({ status: 200, body: { token_endpoint: 'http://elsewhere/token' } });
    expect((await failure(() => credentials(m2m).token())).faults[0]).toMatch(
      /does not say where tokens are given \(status 200 of \/oidc\/\.well-known\/oauth-authorization-server\)/,
    );
  });
});
