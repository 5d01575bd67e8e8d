const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const OPEN = new Set([91, 123]);
const CLOSE = new Set([93, 125]);

/** Where blanks of JSON end. */
export function afterBlanks(bytes: Buffer, at: number, end: number): number {
  let next = at;
  while (next < end && (bytes[next] === 32 || bytes[next] === 9 || bytes[next] === 13)) next++;
  return next;
}

/** Behind the closing quote of the text that begins at `at`, or -1 where it is none. */
export function afterText(bytes: Buffer, at: number, end: number): number {
  for (let next = at + 1; next < end; next++) {
    const byte = bytes[next]!;
    if (byte === QUOTE) return next + 1;
    if (byte === BACKSLASH) next++;
    else if (byte < 32) return -1;
  }
  return -1;
}

/** Behind the number that begins at `at`, or -1 where JSON has no such number. */
export function afterNumber(bytes: Buffer, at: number, end: number): number {
  let next = bytes[at] === MINUS ? at + 1 : at;
  const first = next;
  next = afterDigits(bytes, next, end);
  if (next === first || (bytes[first] === 48 && next > first + 1)) return -1;
  if (bytes[next] === POINT && next < end) {
    const point = next + 1;
    next = afterDigits(bytes, point, end);
    if (next === point) return -1;
  }
  if ((bytes[next] === 101 || bytes[next] === 69) && next < end) {
    const sign = bytes[next + 1] === PLUS || bytes[next + 1] === MINUS ? 2 : 1;
    const power = next + sign;
    next = afterDigits(bytes, power, end);
    if (next === power) return -1;
  }
  return next;
}

function afterDigits(bytes: Buffer, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next]! >= 48 && bytes[next]! <= 57) next++;
  return next;
}

/** Behind the object or list that begins at `at`, or -1 where it does not end. */
export function afterNested(bytes: Buffer, at: number, end: number): number {
  let depth = 0;
  for (let next = at; next < end; ) {
    const byte = bytes[next]!;
    if (byte === QUOTE) {
      next = afterText(bytes, next, end);
      if (next === -1) return -1;
      continue;
    }
    next++;
    if (OPEN.has(byte)) depth++;
    else if (CLOSE.has(byte) && --depth === 0) return next;
  }
  return -1;
}
