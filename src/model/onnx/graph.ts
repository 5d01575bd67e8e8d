import { Message } from './protobuf.ts';
import { columnMessage, type ElementType, type Tensor, tensorMessage } from './tensor.ts';

/** The name of what a node computes, of an input or of a constant. */
export type Value = string & { readonly __value: true };

/** A number is an int64, a text a string, an Int32Array a list of int64. */
export type Attribute = number | string | Int32Array | Tensor;

export interface NodeOptions {
  readonly domain?: 'ai.onnx.ml';
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/**
 * ONNX Runtime before 1.23 reads this version not at all and TreeEnsemble's set membership wrongly: with it the model is
 * refused there instead of answering something else.
 */
const IR_VERSION = 11;
const OPSETS = { '': 21, 'ai.onnx.ml': 5 } as const;

/** An ONNX graph on columns of one length, as it is built. */
export class Graph {
  readonly #names = new Set<string>();
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #known = new Map<string, Value>();

  /** @param reserved names of outputs: an input that is called the same gets another name */
  constructor(reserved: readonly string[]) {
    for (const name of reserved) this.#names.add(name);
  }

  input(name: string, type: ElementType): Value {
    const value = this.#name(name);
    this.#inputs.push(columnMessage(value, type));
    return value;
  }

  /** Declares a value as an output under one of the reserved names. */
  output(name: string, type: ElementType, value: Value): void {
    this.#nodes.push(nodeMessage('Identity', [value], name as Value, {}));
    this.#outputs.push(columnMessage(name, type));
  }

  constant(tensor: Tensor): Value {
    const value = this.#name('constant');
    this.#constants.push(tensorMessage(tensor, value));
    return value;
  }

  scalar(value: number): Value {
    return this.#once(`double ${value}`, () =>
      this.constant({ type: 'double', dims: [], values: Float64Array.of(value) }),
    );
  }

  /** A whole number where ONNX wants an index or an axis. */
  index(value: number, dims: readonly number[] = []): Value {
    return this.#once(`int64 ${value} ${dims}`, () =>
      this.constant({ type: 'int64', dims, values: BigInt64Array.of(BigInt(value)) }),
    );
  }

  /** A node of one output. The same operation without attributes on the same values is one node. */
  node(op: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    const add = (): Value => {
      const value = this.#name(op);
      this.#nodes.push(nodeMessage(op, inputs, value, options));
      return value;
    };
    return options.attributes === undefined ? this.#once(JSON.stringify([op, inputs]), add) : add();
  }

  /** The whole model. @param metadata texts that ONNX Runtime gives back as they are */
  encode(producerVersion: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.bytes(2, 'forest');
    for (const constant of this.#constants) graph.message(5, constant);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    const model = new Message().int(1, IR_VERSION).bytes(2, 'mlops').bytes(3, producerVersion).message(7, graph);
    for (const [domain, version] of Object.entries(OPSETS)) {
      model.message(8, new Message().bytes(1, domain).int(2, version));
    }
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new Message().bytes(1, key).bytes(2, value));
    }
    return model.encode();
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#known.get(key) ?? make();
    this.#known.set(key, known);
    return known;
  }

  /** The name itself, or with a number when it is taken; ONNX has no empty names. */
  #name(wanted: string): Value {
    let name = wanted;
    for (let i = this.#names.size; name === '' || this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name as Value;
  }
}

function nodeMessage(op: string, inputs: readonly Value[], output: Value, options: NodeOptions): Message {
  const message = new Message();
  for (const input of inputs) message.bytes(1, input);
  message.bytes(2, output).bytes(3, output).bytes(4, op);
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    message.message(5, attributeMessage(name, value));
  }
  if (options.domain) message.bytes(7, options.domain);
  return message;
}

/** Field numbers of onnx.proto's `AttributeProto`; field 20 says which one is set. */
function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().bytes(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if (typeof value === 'string') return message.bytes(4, value).int(20, 3);
  if (value instanceof Int32Array) return message.ints(8, value).int(20, 7);
  return message.message(5, tensorMessage(value)).int(20, 4);
}
