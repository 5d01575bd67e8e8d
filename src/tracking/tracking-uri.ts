import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';

export type TrackingUri =
  | { readonly kind: 'sqlite' /** absolute */; readonly path: string }
  | { readonly kind: 'rest'; readonly url: string };

const ALLOWED = 'sqlite:///mlflow.db (relative), sqlite:////data/mlflow.db (absolute), http://HOST:PORT, https://HOST';

/** @throws TRACKING_URI_INVALID */
export function parseTrackingUri(uri: string, cwd: string): TrackingUri {
  const fail = (why: string): never => {
    throw new MlopsError('TRACKING_URI_INVALID', `"${withoutSecrets(uri)}" ${why}. Allowed: ${ALLOWED}`);
  };
  if (uri.startsWith('sqlite:')) {
    const path = /^sqlite:\/\/\/([^?#]+)$/.exec(uri)?.[1];
    if (path === undefined) return fail('names no SQLite file');
    return { kind: 'sqlite', path: resolve(cwd, path.replace(/^~(?=\/)/, homedir())) };
  }
  if (/^https?:/.test(uri)) {
    const url = URL.parse(uri);
    if (!url?.hostname) return fail('is not a URL');
    if (url.username || url.password)
      return fail('holds a credential; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead');
    if (url.search || url.hash) return fail('has a query or fragment');
    return { kind: 'rest', url: uri.replace(/\/+$/, '') };
  }
  if (uri.startsWith('databricks')) return fail('is not supported by this version');
  return fail('is not a tracking URI');
}

/** A name with a password, and a query, may hold a secret. */
function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, '//***@').replace(/([?#]).*$/, '$1***');
}
