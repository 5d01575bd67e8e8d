/** A request that cannot be answered with predictions: the status and the JSON body of the answer. */
export class ScoringError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>> & { message: string }) {
    super(body.message);
    this.name = 'ScoringError';
    this.status = status;
    this.body = body;
  }
}

/** As MLflow answers a request whose form is wrong. */
export function badRequest(message: string): ScoringError {
  return new ScoringError(400, {
    error_code: 'BAD_REQUEST',
    message,
    sqlstate: 'KAM00',
    error_class: 'INVALID_PARAMETER_VALUE',
  });
}

/** As MLflow answers rows that do not fit the signature of the model. */
export function schemaMismatch(message: string): ScoringError {
  return new ScoringError(400, {
    error_code: 'INVALID_PARAMETER_VALUE',
    message,
    sqlstate: 'KAM01',
    error_class: 'SCHEMA_ENFORCEMENT_FAILED',
  });
}

export function unsupportedMedia(message: string): ScoringError {
  return new ScoringError(415, { error_code: 'UNSUPPORTED_MEDIA_TYPE', message });
}
