/** Shorter texts are not secrets, and hiding them would make logs unreadable. */
const LEAST_LENGTH = 4;

/** What says where something is and not who may have it: a region that is hidden would be hidden in every other text too. */
const PUBLIC =
  /^(AWS_(DEFAULT_)?REGION|AWS_PROFILE|AWS_ROLE_\w+|AWS_ENDPOINT_URL\w*|AWS_WEB_IDENTITY_TOKEN_FILE|MLFLOW_S3_ENDPOINT_URL|MLFLOW_TRACKING_\w+_CERT_PATH|DATABRICKS_(HOST|HTTP_PATH|CLIENT_ID|TOKEN_AUDIENCE)|NO_PROXY)$/i;

/** Whether the value of an environment variable has to be hidden: of those with public names only a URL with a login. */
export function holdsSecret(name: string, value: string): boolean {
  return !PUBLIC.test(name) || /:\/\/[^/]*@/.test(value);
}

/** Remembers secret values and hides them in texts, also in their URL-encoded and Base64 forms. */
export class Redactor {
  readonly #forms = new Set<string>();

  add(secret: string): void {
    const value = secret.trim();
    if (value.length < LEAST_LENGTH) return;
    for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]) this.#forms.add(form);
    for (const line of value.split('\n')) if (line.trim().length >= LEAST_LENGTH) this.#forms.add(line.trim());
  }

  redact(text: string): string {
    let clean = text;
    for (const form of [...this.#forms].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(form, '***');
    return clean;
  }
}
