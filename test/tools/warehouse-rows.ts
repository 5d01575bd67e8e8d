import { createRequire } from 'node:module';

// Arrow and the Thrift structs are those that the driver itself brings.
const require = createRequire(import.meta.resolve('@databricks/sql'));
const types = require('@databricks/sql/thrift/TCLIService_types');
const Int64 = require('node-int64');
const arrow = require('apache-arrow');

/** A column of an answer: its Thrift type, and values with null where there is none; large ones may be made when they are asked for. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: keyof typeof WIRE;
  readonly values: { readonly length: number; slice(from: number, to: number): readonly unknown[] };
}

/** In which field of a column a type travels, and what stands where there is no value. */
const WIRE = {
  BOOLEAN: ['boolVal', 'TBoolColumn', false],
  INT: ['i32Val', 'TI32Column', 0],
  BIGINT: ['i64Val', 'TI64Column', 0n],
  DOUBLE: ['doubleVal', 'TDoubleColumn', 0],
  STRING: ['stringVal', 'TStringColumn', ''],
  DATE: ['stringVal', 'TStringColumn', ''],
  TIMESTAMP: ['stringVal', 'TStringColumn', ''],
  DECIMAL: ['stringVal', 'TStringColumn', ''],
  ARRAY: ['stringVal', 'TStringColumn', ''],
  STRUCT: ['stringVal', 'TStringColumn', ''],
  BINARY: ['binaryVal', 'TBinaryColumn', Buffer.alloc(0)],
} as const;

const DECIMALS = 2;
const ARROW = {
  BOOLEAN: () => new arrow.Bool(),
  INT: () => new arrow.Int32(),
  BIGINT: () => new arrow.Int64(),
  DOUBLE: () => new arrow.Float64(),
  STRING: () => new arrow.Utf8(),
  DATE: () => new arrow.DateDay(),
  TIMESTAMP: () => new arrow.TimestampMicrosecond('UTC'),
  DECIMAL: () => new arrow.Decimal(DECIMALS, 38, 128),
  ARRAY: () => new arrow.Utf8(),
  STRUCT: () => new arrow.Utf8(),
  BINARY: () => new arrow.Binary(),
} as const;
/** A marker and a length, which is 0 at the end of a stream. */
const PREFIX_BYTES = 8;

export function thriftRows(columns: readonly AnswerColumn[], from: number, to: number) {
  return { columns: columns.map((column) => thriftColumn(column, from, to)) };
}

function thriftColumn({ type, values }: AnswerColumn, from: number, to: number): unknown {
  const [field, name, empty] = WIRE[type];
  const part = values.slice(from, to);
  const nulls = Buffer.alloc(Math.ceil(part.length / 8));
  part.forEach((value, i) => {
    if (value === null) nulls[i >> 3]! |= 1 << (i & 7);
  });
  const written = part.map((value) => (type === 'BIGINT' ? int64(BigInt((value ?? 0) as number)) : (value ?? empty)));
  return new types.TColumn({ [field]: new types[name]({ values: written, nulls }) });
}

function int64(value: bigint): unknown {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return new Int64(bytes);
}

/** The message of an Arrow stream that tells the columns. */
export function arrowSchema(columns: readonly AnswerColumn[]): Buffer {
  return messages(columns, 0, 0).schema;
}

export function arrowRows(columns: readonly AnswerColumn[], from: number, to: number) {
  const { batch } = messages(columns, from, to);
  return { arrowBatches: to > from ? [new types.TSparkArrowBatch({ batch, rowCount: new Int64(to - from) })] : [] };
}

function messages(columns: readonly AnswerColumn[], from: number, to: number): { schema: Buffer; batch: Buffer } {
  const vectors = columns.map(({ name, type, values }) => [
    name,
    arrow.vectorFromArray(
      values.slice(from, to).map((value) => (value === null ? null : arrowValue(type, value))),
      ARROW[type](),
    ),
  ]);
  const stream = Buffer.from(arrow.tableToIPC(new arrow.Table(Object.fromEntries(vectors)), 'stream'));
  const schemaBytes = PREFIX_BYTES + stream.readInt32LE(4);
  return { schema: stream.subarray(0, schemaBytes), batch: stream.subarray(schemaBytes, -PREFIX_BYTES) };
}

function arrowValue(type: AnswerColumn['type'], value: unknown): unknown {
  if (type === 'BIGINT') return BigInt(value as number);
  if (type === 'DATE') return new Date(`${value}T00:00:00Z`);
  if (type === 'TIMESTAMP') return new Date(`${String(value).replace(' ', 'T')}Z`);
  if (type !== 'DECIMAL') return value;
  const [whole, part = ''] = String(value).split('.');
  const words = new BigInt64Array([BigInt(`${whole}${part.padEnd(DECIMALS, '0')}`), 0n]);
  return new Uint32Array(words.buffer);
}
