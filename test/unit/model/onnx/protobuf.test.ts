import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from '../../../../src/model/onnx/protobuf.ts';
import { readMessage, readPacked } from '../../../tools/protobuf-reader.ts';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const fieldNumber = fc.integer({ min: 1, max: 2 ** 29 - 1 });

describe('protobuf messages', () => {
  it('are the bytes of the specification', () => {
    const inner = new Message().int(1, 150);
    const bytes = new Message()
      .bytes(2, 'testing')
      .message(3, inner)
      .int(4, -1)
      .ints(6, Int32Array.of(3, 270, 86942));
    const hex = Buffer.from(bytes.encode()).toString('hex');
    expect(hex).toBe('120774657374696e67' + '1a03089601' + '20ffffffffffffffffff01' + '3206038e029ea705');
  });

  it('hold every int64, given as bigint or as number', () => {
    fc.assert(
      fc.property(fieldNumber, int64, fc.maxSafeInteger(), (field, big, number) => {
        const fields = readMessage(new Message().int(field, big).int(field, number).encode());
        expect(fields.get(field)!.map((value) => BigInt.asIntN(64, value as bigint))).toEqual([big, BigInt(number)]);
      }),
    );
  });

  it('hold packed lists of any int32', () => {
    fc.assert(
      fc.property(fc.int32Array(), (values) => {
        const [packed] = readMessage(new Message().ints(8, values).encode()).get(8)!;
        expect(readPacked(packed as Uint8Array)).toEqual(Array.from(values, BigInt));
      }),
    );
  });

  it('hold hundreds of thousands of numbers', () => {
    const values = Int32Array.from({ length: 200_000 }, (_, i) => i * 10_737);
    const [packed] = readMessage(new Message().ints(8, values).encode()).get(8)!;
    expect(Int32Array.from(readPacked(packed as Uint8Array), Number)).toEqual(values);
  });

  it('nest to any depth with any text and bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array(),
        fc.integer({ min: 0, max: 20 }),
        (text, bytes, depth) => {
          let message = new Message().bytes(1, text).bytes(2, bytes);
          for (let i = 0; i < depth; i++) message = new Message().message(3, message);
          let fields = readMessage(message.encode());
          for (let i = 0; i < depth; i++) fields = readMessage(fields.get(3)![0] as Uint8Array);
          expect(Buffer.from(fields.get(1)![0] as Uint8Array).toString()).toBe(text);
          expect(Uint8Array.from(fields.get(2)![0] as Uint8Array)).toEqual(bytes);
        },
      ),
    );
  });
});
