import type { DecodedArray } from 'hyparquet';
import {
  bigintOf,
  decimalNumber,
  exactNumber,
  exactOfHalves,
  float16,
  millisOf,
  millisOfHalves,
  timeText,
  uuidText,
} from './cell-numbers.ts';
import type { ColumnType } from './column-type.ts';
import type { TextCodes } from './text-codes.ts';

export type NumericType = ColumnType & { readonly kind: 'numeric' };
export type DatetimeType = ColumnType & { readonly kind: 'datetime' };
export type CategoricalType = ColumnType & { readonly kind: 'categorical' };

const DAY_MS = 86_400_000;

/** Reads cell `i` of a page, which is there, as a double; undefined where no double holds the whole number. */
export function numberReader(type: NumericType, page: DecodedArray): (i: number) => number | undefined {
  switch (type.cell) {
    case 'uint32':
      return (i) => page[i] >>> 0;
    case 'float16':
      return (i) => float16(page[i]);
    case 'int64':
    case 'uint64': {
      const signed = type.cell === 'int64';
      const halves = halvesOf(page);
      if (halves) return (i) => exactOfHalves(halves[2 * i]!, halves[2 * i + 1]!, signed);
      const whole = wholeReader(type, page);
      return (i) => exactNumber(whole(i));
    }
    case 'decimal': {
      const { scale } = type;
      const unscaled = wholeReader(type, page);
      return scale === 0 ? (i) => exactNumber(unscaled(i)) : (i) => decimalNumber(unscaled(i), scale);
    }
    default:
      return (i) => page[i];
  }
}

/** Reads cell `i` of a page of whole numbers, or of decimals without their scale. */
export function wholeReader(type: NumericType, page: DecodedArray): (i: number) => bigint {
  if (type.cell === 'uint64') return (i) => BigInt.asUintN(64, page[i]);
  if (type.cell !== 'decimal') return (i) => page[i];
  return (i) => {
    const cell: number | bigint | Uint8Array = page[i];
    return typeof cell === 'object' ? bigintOf(cell) : BigInt(cell);
  };
}

/** Reads cell `i` of a page in milliseconds since 1970. */
export function instantReader({ cell: unit }: DatetimeType, page: DecodedArray): (i: number) => number {
  switch (unit) {
    case 'days':
      return (i) => page[i] * DAY_MS;
    case 'int96':
      return (i) => millisOf(page[i], 1_000_000n);
    default: {
      const perMilli = { millis: 1, micros: 1000, nanos: 1_000_000 }[unit];
      const halves = halvesOf(page);
      if (halves) return (i) => millisOfHalves(halves[2 * i]!, halves[2 * i + 1]!, perMilli);
      return (i) => millisOf(page[i], BigInt(perMilli));
    }
  }
}

/** Reads the code of cell `i` of a page. */
export function codeReader(type: CategoricalType, page: DecodedArray, texts: TextCodes): (i: number) => number {
  switch (type.cell) {
    // Codes came in place of texts.
    case 'text':
      return (i) => page[i];
    case 'boolean':
      return (i) => texts.codeOf(page[i] ? 'true' : 'false');
    case 'uuid':
      return (i) => texts.codeOf(uuidText(page[i]));
    case 'time':
      return (i) => texts.codeOf(timeText(BigInt(page[i]), type.unit));
  }
}

/** Low and high halves of 64-bit numbers in turn, so that no bigint is made of each. */
function halvesOf(page: DecodedArray): Int32Array | undefined {
  return page instanceof BigInt64Array ? new Int32Array(page.buffer, page.byteOffset, 2 * page.length) : undefined;
}
