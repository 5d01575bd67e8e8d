/** Shorter texts are not secrets, and hiding them would make logs unreadable. */
const LEAST_LENGTH = 4;

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
