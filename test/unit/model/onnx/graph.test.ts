import { describe, expect, it } from 'vitest';
import { Graph } from '../../../../src/model/onnx/graph.ts';
import { readMessage } from '../../../tools/protobuf-reader.ts';

const text = (field: unknown): string => Buffer.from(field as Uint8Array).toString();

function read(bytes: Uint8Array) {
  const graph = readMessage(readMessage(bytes).get(7)![0] as Uint8Array);
  const names = (field: number): string[] =>
    (graph.get(field) ?? []).map((value) => text(readMessage(value as Uint8Array).get(1)![0]));
  const nodes = (graph.get(1) ?? []).map((node) => {
    const fields = readMessage(node as Uint8Array);
    return { op: text(fields.get(4)![0]), inputs: (fields.get(1) ?? []).map(text), output: text(fields.get(2)![0]) };
  });
  return { inputs: names(11), outputs: names(12), nodes };
}

describe('a graph', () => {
  it('gives another name to an input whose name an output has, to one without a name, and to operations of the same kind', () => {
    const graph = new Graph(['prediction']);
    const inputs = [graph.input('prediction', 'double'), graph.input('', 'double'), graph.input('Add', 'string')];
    const sum = graph.node('Add', [inputs[0]!, inputs[1]!]);
    graph.output('prediction', 'double', sum);
    const { inputs: given, outputs, nodes } = read(graph.encode('1.0.0', {}));
    expect(outputs).toEqual(['prediction']);
    expect(given[2]).toBe('Add');
    const names = [...given, ...nodes.map((node) => node.output)];
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain('');
    expect(nodes).toEqual([
      { op: 'Add', inputs: given.slice(0, 2), output: sum },
      { op: 'Identity', inputs: [sum], output: 'prediction' },
    ]);
  });

  it('computes the same operation on the same values once', () => {
    const graph = new Graph([]);
    const x = graph.input('x', 'double');
    const [first, again] = [graph.scalar(2), graph.scalar(2)];
    expect(graph.node('Mul', [x, first])).toBe(graph.node('Mul', [x, again]));
    expect(graph.node('Mul', [x, first])).not.toBe(graph.node('Mul', [first, x]));
    expect(graph.index(1)).not.toBe(graph.scalar(1));
    expect(graph.index(1)).not.toBe(graph.index(1, [1]));
  });
});
