import type { ErrorCode } from './codes.ts';

/**
 * An expected failure: tells what was given, what is allowed and what to do. Anything else that is thrown is a bug and
 * keeps its stack. Messages never hold a secret.
 */
export class MlopsError extends Error {
  readonly code: ErrorCode;
  /** Each fault by itself when several were found at once; otherwise the message alone. */
  readonly faults: readonly string[];

  constructor(code: ErrorCode, message: string | readonly string[], options?: { cause?: unknown }) {
    const faults = typeof message === 'string' ? [message] : message;
    super(faults.join('\n'), options);
    this.name = 'MlopsError';
    this.code = code;
    this.faults = faults;
  }
}

/** Throws one error that names all faults, if there are any. */
export function throwFaults(code: ErrorCode, faults: readonly string[]): void {
  if (faults.length > 0) throw new MlopsError(code, faults);
}
