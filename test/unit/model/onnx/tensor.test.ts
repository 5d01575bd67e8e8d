import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tensorMessage } from '../../../../src/model/onnx/tensor.ts';
import { readMessage } from '../../../tools/protobuf-reader.ts';

it('a tensor of doubles keeps every bit, wherever its array lies in a buffer', () => {
  fc.assert(
    fc.property(fc.float64Array(), fc.nat(3), (values, before) => {
      const buffer = new Float64Array(before + values.length + 1);
      buffer.set(values, before);
      const part = buffer.subarray(before, before + values.length);
      const fields = readMessage(
        tensorMessage({ type: 'double', dims: [values.length], values: part }, 'name').encode(),
      );
      const raw = fields.get(9)![0] as Uint8Array;
      expect(Buffer.from(raw)).toEqual(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
      expect([fields.get(1), fields.get(2)]).toEqual([[BigInt(values.length)], [11n]]);
    }),
  );
});

it('a tensor of texts holds them as UTF-8, one by one', () => {
  const values = ['', 'Ü', '東京', 'a\0b'];
  const fields = readMessage(tensorMessage({ type: 'string', dims: [4], values }).encode());
  expect(fields.get(6)!.map((text) => Buffer.from(text as Uint8Array).toString())).toEqual(values);
  expect([fields.get(2), fields.get(8), fields.get(9)]).toEqual([[8n], undefined, undefined]);
});
