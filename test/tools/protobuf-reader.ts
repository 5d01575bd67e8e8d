export type Field = bigint | Uint8Array;

/** The fields of a protobuf message by number, in order: varints as unsigned 64-bit numbers, all else as bytes. */
export function readMessage(bytes: Uint8Array): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    const read = readVarint(bytes, at);
    at = read.end;
    return read.value;
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    let value: Field;
    if ((tag & 7) === 0) value = varint();
    else {
      if ((tag & 7) !== 2) throw new RangeError(`wire type ${tag & 7} at byte ${at}`);
      const length = Number(varint());
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  if (at !== bytes.length) throw new RangeError(`ends at byte ${at} of ${bytes.length}`);
  return fields;
}

/** A packed list of int64. */
export function readPacked(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = readVarint(bytes, at);
    values.push(BigInt.asIntN(64, value));
    at = end;
  }
  return values;
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  let at = start;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError(`a varint has no end at byte ${start}`);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value: BigInt.asUintN(64, value), end: at };
  }
}
