import type { SchemaElement, SchemaTree } from 'hyparquet';
import type { Kind } from '../csv/column-builder.ts';

/** How the cells of a column are written and what they become. */
export type ColumnType =
  | { readonly kind: 'numeric'; readonly cell: 'number' | 'uint32' | 'int64' | 'uint64' | 'float16' | 'missing' }
  | { readonly kind: 'numeric'; readonly cell: 'decimal'; readonly scale: number }
  | { readonly kind: 'datetime'; readonly cell: 'days' | 'millis' | 'micros' | 'nanos' | 'int96' }
  | { readonly kind: 'categorical'; readonly cell: 'boolean' | 'text' | 'uuid' }
  | { readonly kind: 'categorical'; readonly cell: 'time'; readonly unit: 'MILLIS' | 'MICROS' | 'NANOS' };

/** The type of a column, or why it is none of a table. */
export function columnTypeOf(node: SchemaTree): ColumnType | string {
  const { element } = node;
  if (node.children.length > 0) return nestedAs(element);
  if (element.repetition_type === 'REPEATED') return 'a list';
  return annotated(element) ?? physical(element);
}

/** Two parts can share a column when both have it of one kind; a column without any value fits every kind. */
export function fitsKind(type: ColumnType, kind: Kind): boolean {
  return type.kind === kind || type.cell === 'missing';
}

function nestedAs({ converted_type, logical_type }: SchemaElement): string {
  const type = logical_type?.type ?? converted_type;
  if (type === 'LIST') return 'a list';
  if (type === 'MAP' || type === 'MAP_KEY_VALUE') return 'a map';
  return type === 'VARIANT' ? 'a variant' : 'a struct';
}

/** By the logical type, or by the converted one of older writers. */
function annotated(element: SchemaElement): ColumnType | string | undefined {
  const { type, logical_type: logical, converted_type: converted, scale = 0 } = element;
  const wide = type === 'INT64';
  switch (logical?.type ?? converted) {
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
    case 'JSON':
      return { kind: 'categorical', cell: 'text' };
    case 'UUID':
      return { kind: 'categorical', cell: 'uuid' };
    case 'NULL':
      return { kind: 'numeric', cell: 'missing' };
    case 'FLOAT16':
      return { kind: 'numeric', cell: 'float16' };
    case 'DECIMAL':
      return { kind: 'numeric', cell: 'decimal', scale: (logical?.type === 'DECIMAL' && logical.scale) || scale };
    case 'INTEGER':
      if (logical?.type === 'INTEGER' && logical.isSigned) return undefined;
      return { kind: 'numeric', cell: wide ? 'uint64' : 'uint32' };
    case 'UINT_8':
    case 'UINT_16':
    case 'UINT_32':
      return { kind: 'numeric', cell: 'uint32' };
    case 'UINT_64':
      return { kind: 'numeric', cell: 'uint64' };
    case 'DATE':
      return { kind: 'datetime', cell: 'days' };
    case 'TIMESTAMP': {
      const unit = logical?.type === 'TIMESTAMP' ? logical.unit : 'MILLIS';
      return { kind: 'datetime', cell: unit === 'NANOS' ? 'nanos' : unit === 'MICROS' ? 'micros' : 'millis' };
    }
    case 'TIMESTAMP_MILLIS':
      return { kind: 'datetime', cell: 'millis' };
    case 'TIMESTAMP_MICROS':
      return { kind: 'datetime', cell: 'micros' };
    case 'TIME':
      return { kind: 'categorical', cell: 'time', unit: logical?.type === 'TIME' ? logical.unit : 'MILLIS' };
    case 'TIME_MILLIS':
      return { kind: 'categorical', cell: 'time', unit: 'MILLIS' };
    case 'TIME_MICROS':
      return { kind: 'categorical', cell: 'time', unit: 'MICROS' };
    case 'INTERVAL':
    case 'BSON':
    case 'GEOMETRY':
    case 'GEOGRAPHY':
      return `of type ${logical?.type ?? converted}`;
    default:
      return undefined;
  }
}

function physical({ type, type_length }: SchemaElement): ColumnType | string {
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'categorical', cell: 'boolean' };
    case 'INT32':
    case 'FLOAT':
    case 'DOUBLE':
      return { kind: 'numeric', cell: 'number' };
    case 'INT64':
      return { kind: 'numeric', cell: 'int64' };
    case 'INT96':
      return { kind: 'datetime', cell: 'int96' };
    // Older writers do not say that bytes are text; those that are not UTF-8 are refused when they are met.
    case 'BYTE_ARRAY':
      return { kind: 'categorical', cell: 'text' };
    default:
      return `bytes (${type_length ?? 0} a cell)`;
  }
}
