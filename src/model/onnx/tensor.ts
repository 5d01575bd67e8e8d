import { Message } from './protobuf.ts';

/** Numbers of onnx.proto's `TensorProto.DataType`. */
export const ELEMENT_TYPES = { uint8: 2, int64: 7, string: 8, double: 11 } as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** Shapes  values: the product of `dims`, row-major; no dims: a scalar */
export type Tensor =
  | { readonly type: 'double'; readonly dims: readonly number[]; readonly values: Float64Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly values: BigInt64Array }
  | { readonly type: 'uint8'; readonly dims: readonly number[]; readonly values: Uint8Array }
  | { readonly type: 'string'; readonly dims: readonly number[]; readonly values: readonly string[] };

export function tensorMessage(tensor: Tensor, name?: string): Message {
  const message = new Message();
  for (const dim of tensor.dims) message.int(1, dim);
  message.int(2, ELEMENT_TYPES[tensor.type]);
  if (tensor.type === 'string') for (const text of tensor.values) message.bytes(6, text);
  if (name !== undefined) message.bytes(8, name);
  if (tensor.type !== 'string') {
    const { buffer, byteOffset, byteLength } = tensor.values;
    message.bytes(9, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }
  return message;
}

/** A value of one dimension, `rows`, as inputs and outputs of a graph are declared. */
export function columnMessage(name: string, type: ElementType): Message {
  const rows = new Message().message(1, new Message().bytes(2, 'rows'));
  const tensorType = new Message().int(1, ELEMENT_TYPES[type]).message(2, rows);
  return new Message().bytes(1, name).message(2, new Message().message(1, tensorType));
}
