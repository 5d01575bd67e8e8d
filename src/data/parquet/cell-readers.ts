import type { DecodedArray } from 'hyparquet';
import {
  bigintOf,
  decimalNumber,
  exactNumber,
  exactOfHalves,
  float16,
  int96Nanos,
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

/** Bytes of a column of texts that are not UTF-8. */
export class NotText extends Error {}

/** Reads cell `i` of a page or dictionary as a double; undefined where no double holds the whole number. */
export function numberReader(type: NumericType, cells: DecodedArray): (i: number) => number | undefined {
  switch (type.cell) {
    case 'uint32':
      return (i) => cells[i] >>> 0;
    case 'float16':
      return (i) => float16(cells[i]);
    case 'int64':
    case 'uint64': {
      const signed = type.cell === 'int64';
      const halves = halvesOf(cells);
      if (halves) return (i) => exactOfHalves(halves[2 * i]!, halves[2 * i + 1]!, signed);
      const whole = wholeReader(type, cells);
      return (i) => exactNumber(whole(i));
    }
    case 'decimal': {
      const { scale } = type;
      const unscaled = wholeReader(type, cells);
      return scale === 0 ? (i) => exactNumber(unscaled(i)) : (i) => decimalNumber(unscaled(i), scale);
    }
    default:
      return (i) => cells[i];
  }
}

/** Reads cell `i` of whole numbers, or of decimals without their scale. */
export function wholeReader(type: NumericType, cells: DecodedArray): (i: number) => bigint {
  if (type.cell === 'uint64') return (i) => BigInt.asUintN(64, cells[i]);
  if (type.cell !== 'decimal') return (i) => cells[i];
  return (i) => {
    const cell: number | bigint | Uint8Array = cells[i];
    return typeof cell === 'object' ? bigintOf(cell) : BigInt(cell);
  };
}

/** Whether such numbers may be whole and beyond what a double holds: then they are names. */
export function mayBeNames(type: NumericType): boolean {
  return type.cell === 'int64' || type.cell === 'uint64' || (type.cell === 'decimal' && type.scale === 0);
}

/** Reads cell `i` in milliseconds since 1970. */
export function instantReader({ cell: unit }: DatetimeType, cells: DecodedArray): (i: number) => number {
  switch (unit) {
    case 'days':
      return (i) => cells[i] * DAY_MS;
    case 'int96':
      return (i) => millisOf(int96Nanos(cells[i]), 1_000_000n);
    default: {
      const perMilli = { millis: 1, micros: 1000, nanos: 1_000_000 }[unit];
      const halves = halvesOf(cells);
      if (halves) return (i) => millisOfHalves(halves[2 * i]!, halves[2 * i + 1]!, perMilli);
      return (i) => millisOf(cells[i], BigInt(perMilli));
    }
  }
}

/** Reads the code of cell `i`. @throws NotText */
export function codeReader(type: CategoricalType, cells: DecodedArray, texts: TextCodes): (i: number) => number {
  switch (type.cell) {
    case 'text':
      return (i) => {
        const code = texts.codeOfBytes(cells[i]);
        if (code === undefined) throw new NotText();
        return code;
      };
    case 'boolean':
      return (i) => texts.codeOf(cells[i] ? 'true' : 'false');
    case 'uuid':
      return (i) => texts.codeOf(uuidText(cells[i]));
    case 'time':
      return (i) => texts.codeOf(timeText(BigInt(cells[i]), type.unit));
  }
}

/** Low and high halves of 64-bit numbers in turn, so that no bigint is made of each. */
function halvesOf(cells: DecodedArray): Int32Array | undefined {
  return cells instanceof BigInt64Array ? new Int32Array(cells.buffer, cells.byteOffset, 2 * cells.length) : undefined;
}
