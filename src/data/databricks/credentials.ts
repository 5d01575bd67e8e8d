import { MlopsError } from '../../errors/mlops-error.ts';
import type { DatabricksAccess, Workspace } from './access.ts';
import { clientCredentialsToken, exchangedToken, type IssuedToken } from './token-requests.ts';

export type Way = 'token' | 'client-secret' | 'github-oidc';

/** The three ways to prove who asks, for messages. */
export const WAYS =
  'set DATABRICKS_TOKEN; or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal; or, in a GitHub job with `permissions: id-token: write`, DATABRICKS_CLIENT_ID of a service principal that trusts the repository';

/** A token is replaced when it has less than this left. */
const MARGIN_MS = 60_000;

/** Tokens for a workspace, by the one way that the environment has. */
export interface Credentials {
  readonly way: Way;
  /** A token that is valid now: kept while it is, then asked for again. @throws ACCESS_DENIED with the words of who refuses */
  token(): Promise<string>;
  /** A text without the secrets and tokens that were used so far. */
  hide(text: string): string;
  /** What to do when the workspace refuses the token. */
  readonly remedy: string;
}

/** Which variables are missing, each with the ways; none: there is one way and it is whole. */
export function credentialFaults({ credential }: DatabricksAccess): string[] {
  const has = (name: string): boolean => credential(name) !== undefined;
  if (has('DATABRICKS_TOKEN')) return [];
  if (has('DATABRICKS_CLIENT_ID')) {
    return has('DATABRICKS_CLIENT_SECRET') || isGithubJob(credential)
      ? []
      : [
          `the environment variable DATABRICKS_CLIENT_ID is set, but neither DATABRICKS_CLIENT_SECRET nor GitHub's identity token is there: ${WAYS}`,
        ];
  }
  if (has('DATABRICKS_CLIENT_SECRET')) {
    return [`the environment variable DATABRICKS_CLIENT_SECRET is set, but DATABRICKS_CLIENT_ID is not: ${WAYS}`];
  }
  return [`no credentials of Databricks are in the environment: ${WAYS}`];
}

/**
 * A token of the environment; else the secret of a service principal (OAuth M2M); else GitHub's identity token of this job, exchanged
 * for one of the workspace, so that no secret that lasts is needed.
 *
 * @throws INPUT_INVALID when no way is whole
 */
export function credentialsFor(workspace: Workspace, access: DatabricksAccess): Credentials {
  const faults = credentialFaults(access);
  if (faults.length > 0) throw new MlopsError('INPUT_INVALID', faults);
  const { credential } = access;
  const token = credential('DATABRICKS_TOKEN');
  if (token !== undefined) {
    return {
      way: 'token',
      token: async () => token,
      hide: (text) => text.replaceAll(token, '***'),
      remedy: 'DATABRICKS_TOKEN is not valid there, has expired or was revoked; make another one',
    };
  }
  const clientId = credential('DATABRICKS_CLIENT_ID')!;
  const secret = credential('DATABRICKS_CLIENT_SECRET');
  if (secret !== undefined) {
    return new RenewedToken(
      'client-secret',
      'the service principal may have been removed from the workspace; check DATABRICKS_CLIENT_ID and DATABRICKS_HOST',
      [secret],
      () => clientCredentialsToken(workspace, clientId, secret, access),
    );
  }
  return new RenewedToken(
    'github-oidc',
    'the service principal may have been removed from the workspace; check DATABRICKS_CLIENT_ID and DATABRICKS_HOST',
    [],
    () => exchangedToken(workspace, clientId, access),
  );
}

function isGithubJob(credential: DatabricksAccess['credential']): boolean {
  return ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'].every(
    (name) => credential(name) !== undefined,
  );
}

class RenewedToken implements Credentials {
  readonly way: Way;
  readonly remedy: string;
  readonly #secrets: Set<string>;
  readonly #ask: () => Promise<IssuedToken>;
  #held: IssuedToken | undefined;
  /** Who asks at the same time waits for the same answer. */
  #asking: Promise<IssuedToken> | undefined;

  constructor(way: Way, remedy: string, secrets: readonly string[], ask: () => Promise<IssuedToken>) {
    this.way = way;
    this.remedy = remedy;
    this.#secrets = new Set(secrets);
    this.#ask = ask;
  }

  async token(): Promise<string> {
    if (this.#held === undefined || this.#held.expires - Date.now() < MARGIN_MS) {
      // Whoever comes next asks again when this fails.
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      this.#held = await this.#asking;
    }
    const { token } = this.#held;
    this.#secrets.add(token);
    return token;
  }

  hide(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***');
    return clean;
  }
}
