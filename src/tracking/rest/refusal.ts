import type { ErrorCode } from '../../errors/codes.ts';
import { MlopsError } from '../../errors/mlops-error.ts';

/** A server that understood a request and says no. */
export class Refusal extends MlopsError {
  readonly status: number;
  /** MLflow's own code, e.g. `RESOURCE_DOES_NOT_EXIST`; `''` when something before MLflow answered. */
  readonly errorCode: string;
  /** What the server said. */
  readonly said: string;

  constructor(message: string, answer: { status: number; errorCode: string; said: string }) {
    super('STORE_REFUSED', message);
    this.status = answer.status;
    this.errorCode = answer.errorCode;
    this.said = answer.said;
  }
}

export function isRefusal(error: unknown, errorCode: string): error is Refusal {
  return error instanceof Refusal && error.errorCode === errorCode;
}

/** The answer, or undefined when the server says that there is no such thing. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error, 'RESOURCE_DOES_NOT_EXIST')) return undefined;
    throw error;
  }
}

/** Gives a refusal that MLflow marks so the code and words that every store uses for it. */
export async function translating<T>(
  answer: Promise<T>,
  codes: Readonly<Record<string, readonly [ErrorCode, (said: string) => string]>>,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const known = error instanceof Refusal ? codes[error.errorCode] : undefined;
    if (!known) throw error;
    throw new MlopsError(known[0], known[1]((error as Refusal).said), { cause: error });
  }
}
