import type { Logger, Progress, ProgressBar } from '../commands/context.ts';
import type { Redactor } from '../errors/redact.ts';

export type LogFormat = 'text' | 'json';

/** Where log lines, progress and errors go: standard error, never standard output. */
export interface LogStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_WIDTH = 24;
const REDRAW_MS = 80;

/** The log of a terminal: lines, and below them at most one live progress bar. */
export class TerminalLog implements Logger, Progress {
  readonly #stream: LogStream;
  readonly #format: LogFormat;
  readonly #redactor: Redactor;
  readonly #live: boolean;
  readonly #color: boolean;
  #bar = '';

  constructor(stream: LogStream, options: { format: LogFormat; color: boolean; redactor: Redactor }) {
    this.#stream = stream;
    this.#format = options.format;
    this.#redactor = options.redactor;
    this.#live = stream.isTTY === true && options.format === 'text';
    this.#color = options.color;
  }

  info(message: string): void {
    this.#line('info', message);
  }

  warn(message: string): void {
    this.#line('warning', message);
  }

  /** An error with its code; every fault on a line of its own. */
  error(code: string, faults: readonly string[], extra?: string): void {
    if (this.#format === 'json') this.#json('error', faults.join('\n'), { code, ...(extra ? { stack: extra } : {}) });
    else {
      for (const fault of faults) this.#text(`${this.#paint(31, `${code}`)}  ${fault}`);
      if (extra) this.#text(extra);
    }
  }

  start(label: string, total?: number): ProgressBar {
    const begun = performance.now();
    let drawn = 0;
    if (this.#live) this.#draw(`${this.#paint(36, '·')} ${label}`);
    return {
      update: (done, note = '') => {
        const now = performance.now();
        if (!this.#live || (now - drawn < REDRAW_MS && done !== total)) return;
        drawn = now;
        const share = total ? Math.min(1, done / total) : 0;
        const filled = Math.round(share * BAR_WIDTH);
        const bar = total ? ` ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.floor(share * 100)} %` : '';
        this.#draw(`${this.#paint(36, '·')} ${label.padEnd(12)}${bar} ${note}`);
      },
      done: (note = '') => {
        const seconds = (performance.now() - begun) / 1000;
        if (this.#live) this.#draw('');
        if (this.#format === 'json')
          this.#json('info', note ? `${label}: ${note}` : label, { seconds: round(seconds) });
        else
          this.#text(
            `${this.#paint(32, '✓')} ${label.padEnd(12)} ${note} ${this.#paint(90, `${seconds.toFixed(1)} s`)}`,
          );
      },
    };
  }

  /** Removes a bar that was left when something failed. */
  clear(): void {
    if (this.#live) this.#draw('');
  }

  #line(level: string, message: string): void {
    if (this.#format === 'json') this.#json(level, message, {});
    else this.#text(level === 'warning' ? `${this.#paint(33, '!')} ${message}` : message);
  }

  #json(level: string, message: string, more: Record<string, unknown>): void {
    const time = new Date().toISOString();
    this.#stream.write(`${this.#redactor.redact(JSON.stringify({ time, level, message, ...more }))}\n`);
  }

  #text(text: string): void {
    const bar = this.#bar;
    if (bar) this.#draw('');
    this.#stream.write(`${this.#redactor.redact(text)}\n`);
    if (bar) this.#draw(bar);
  }

  /** Replaces the live bar; one line, cut at the width of the terminal. */
  #draw(text: string): void {
    if (text === this.#bar) return;
    const width = this.#stream.columns ?? 80;
    // Colour codes count no column; a line that is a little short does no harm.
    this.#stream.write(`\r\u001b[2K${text.length > width + 8 ? text.slice(0, width + 8) : text}`);
    this.#bar = text;
  }

  #paint(color: number, text: string): string {
    return this.#color ? `\u001b[${color}m${text}\u001b[0m` : text;
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
