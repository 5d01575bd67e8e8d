import { MlopsError } from '../errors/mlops-error.ts';

const MAX_NAME_LENGTH = 256;
const MAX_ALIAS_LENGTH = 255;

/** Tags that begin so are written once: the entries of a promotion history. */
export const WRITTEN_ONCE = 'mlops.history.';

/** @throws MODEL_NAME_INVALID for names that MLflow refuses */
export function checkModelName(name: string): void {
  const isPath = name === '.' || name.startsWith('..');
  if (name.trim() === '' || /[/:]/.test(name) || isPath || name.length > MAX_NAME_LENGTH) {
    throw new MlopsError(
      'MODEL_NAME_INVALID',
      `model name "${name.slice(0, 80)}" is not allowed: it needs 1 to ${MAX_NAME_LENGTH} characters without "/" and ":", and may not begin with ".."`,
    );
  }
}

/** @throws ALIAS_INVALID for aliases that MLflow refuses or reads as something else */
export function checkAlias(alias: string): void {
  const reserved = /^v\d+$/i.test(alias) || alias.toLowerCase() === 'latest';
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias) || alias.length > MAX_ALIAS_LENGTH || reserved) {
    throw new MlopsError(
      'ALIAS_INVALID',
      `alias "${alias.slice(0, 80)}" is not allowed: it needs letters, digits, "_" and "-", and is neither "latest" nor like "v1"`,
    );
  }
}
