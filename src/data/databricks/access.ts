import { MlopsError } from '../../errors/mlops-error.ts';

/** What is needed to speak to a workspace. */
export interface DatabricksAccess {
  /** The value of an environment variable. */
  readonly credential: (name: string) => string | undefined;
  readonly signal: AbortSignal;
}

/** Where a workspace answers. */
export interface Workspace {
  readonly host: string;
  readonly port: number;
  /** `https://host`, or `https://host:port`. */
  readonly origin: string;
}

/** @throws INPUT_INVALID when it is no host name, or is to be reached without TLS */
export function workspaceAt(host: string): Workspace {
  const text = host.includes('://') ? host : `https://${host}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.hostname === '' || url.username !== '') {
    throw new MlopsError(
      'INPUT_INVALID',
      `the environment variable DATABRICKS_HOST is "${host}", expected a host name such as dbc-a1b2.cloud.databricks.com`,
    );
  }
  return { host: url.hostname, port: Number(url.port || 443), origin: url.origin };
}
