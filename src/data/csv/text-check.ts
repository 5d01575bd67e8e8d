import { isUtf8 } from 'node:buffer';
import { MlopsError } from '../../errors/mlops-error.ts';
import { countFeeds } from './find-rows.ts';

const LF = 10;

/** The text behind its byte order mark. @throws CSV_MALFORMED when the mark is that of UTF-16 */
export function withoutMark(name: string, text: Buffer): Buffer {
  const [a, b, c] = text;
  if (a === 0xef && b === 0xbb && c === 0xbf) return text.subarray(3);
  if (a === 0xff && b === 0xfe) {
    throw new MlopsError('CSV_MALFORMED', `${name} is UTF-16, not UTF-8; set data.csv.encoding to utf-16le`);
  }
  if (a === 0xfe && b === 0xff) {
    throw new MlopsError(
      'CSV_MALFORMED',
      `${name} is UTF-16 with the high byte first; write it as UTF-8, or with the low byte first and data.csv.encoding utf-16le`,
    );
  }
  return text;
}

/** @param line of the first byte @throws CSV_MALFORMED where bytes are no UTF-8 or NUL */
export function checkText(name: string, text: Buffer, line: number): void {
  if (!isUtf8(text)) {
    throw new MlopsError(
      'CSV_MALFORMED',
      `${name}:${badPlace(text, line)}: bytes that are not UTF-8; set data.csv.encoding to latin1 or utf-16le`,
    );
  }
  const nul = text.indexOf(0);
  if (nul !== -1) {
    throw new MlopsError(
      'CSV_MALFORMED',
      `${name}:${line + countFeeds(text, 0, nul)}: a NUL byte; if the file is UTF-16, set data.csv.encoding to utf-16le`,
    );
  }
}

/** `12:7`: line and character, from 1, of the first byte that is not UTF-8. */
function badPlace(text: Buffer, firstLine: number): string {
  let line = firstLine;
  let start = 0;
  for (;;) {
    const feed = text.indexOf(LF, start);
    const end = feed === -1 ? text.length : feed;
    const cells = text.subarray(start, end);
    if (!isUtf8(cells) || feed === -1) {
      // What is not UTF-8 is decoded to a mark, and so does not come back.
      const back = Buffer.from(cells.toString('utf8'));
      const bad = cells.findIndex((byte, at) => byte !== back[at]);
      return `${line}:${[...cells.toString('utf8', 0, bad)].length + 1}`;
    }
    line++;
    start = feed + 1;
  }
}
