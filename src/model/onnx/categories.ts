import type { Category } from '../../features/categories.ts';
import type { Graph, Value } from './graph.ts';
import { Numbers } from './numbers.ts';

/** A column as it is computed: texts with '' for missing, else doubles with NaN for missing. */
export interface OnnxColumn {
  readonly value: Value;
  readonly kind: 'text' | 'number';
}

/** A number for each category, and for missing and unknown cells. */
export function categoryNumbers(
  graph: Graph,
  { value, kind }: OnnxColumn,
  { categories, values }: { readonly categories: readonly Category[]; readonly values: readonly number[] },
  others: { readonly missing: number; readonly unknown: number },
): Value {
  if (kind === 'text') {
    return encoded(graph, value, {
      keys_tensor: textTensor([...(categories as string[]), '']),
      values_tensor: numberTensor([...values, others.missing]),
      default_tensor: numberTensor([others.unknown]),
    });
  }
  const numbers = new Numbers(graph);
  const isMissing = numbers.isMissing(value);
  if (categories.length === 0) return numbers.where(isMissing, others.missing, others.unknown);
  const known = encoded(graph, value, {
    keys_tensor: numberTensor(categories as number[]),
    values_tensor: numberTensor(values),
    default_tensor: numberTensor([others.unknown]),
  });
  return numbers.where(isMissing, others.missing, known);
}

/** Texts that stay, the missing one among them; all others become one text. */
export function keptTexts(graph: Graph, value: Value, kept: readonly string[], other: string): Value {
  const texts = textTensor([...kept, '']);
  return encoded(graph, value, { keys_tensor: texts, values_tensor: texts, default_tensor: textTensor([other]) });
}

function encoded(graph: Graph, value: Value, attributes: Encoding): Value {
  return graph.node('LabelEncoder', [value], { domain: 'ai.onnx.ml', attributes: { ...attributes } });
}

interface Encoding {
  readonly keys_tensor: TextTensor | NumberTensor;
  readonly values_tensor: TextTensor | NumberTensor;
  readonly default_tensor: TextTensor | NumberTensor;
}

type TextTensor = ReturnType<typeof textTensor>;
type NumberTensor = ReturnType<typeof numberTensor>;

function textTensor(values: readonly string[]) {
  return { type: 'string' as const, dims: [values.length], values };
}

function numberTensor(values: readonly number[]) {
  return { type: 'double' as const, dims: [values.length], values: Float64Array.from(values) };
}

export function textScalar(graph: Graph, text: string): Value {
  return graph.constant({ type: 'string', dims: [], values: [text] });
}
