import type { Forest } from '../../forest/forest.ts';

/**
 * Values of leaves, each once: fully grown trees have many leaves and few values.
 *
 * Shapes  values: count × forest.outputs, in order of first appearance · ofNode: nNodes, -1 at inner nodes
 */
export interface DistinctLeaves {
  readonly count: number;
  readonly values: Float64Array;
  readonly ofNode: Int32Array;
}

/** Found by open addressing: a Map with keys made of several numbers takes ten times as long. */
export function distinctLeaves({ feature, outputs, value }: Forest): DistinctLeaves {
  const words = new Uint32Array(value.buffer, value.byteOffset, 2 * value.length);
  const ofNode = new Int32Array(feature.length).fill(-1);
  const firstNode: number[] = [];
  let slots = new Int32Array(1024).fill(-1);
  const isSame = (a: number, b: number): boolean => {
    for (let i = 0; i < 2 * outputs; i++) if (words[2 * outputs * a + i] !== words[2 * outputs * b + i]) return false;
    return true;
  };
  /** The slot of the node's value, or the free one where it belongs. */
  const slotOf = (node: number): number => {
    let hash = 0;
    for (let i = 2 * outputs * node; i < 2 * outputs * (node + 1); i++) hash = Math.imul(hash ^ words[i]!, 0x9e3779b1);
    let slot = (hash ^ (hash >>> 15)) & (slots.length - 1);
    while (slots[slot] !== -1 && !isSame(firstNode[slots[slot]!]!, node)) slot = (slot + 1) & (slots.length - 1);
    return slot;
  };
  for (let node = 0; node < feature.length; node++) {
    if (feature[node]! >= 0) continue;
    const slot = slotOf(node);
    if (slots[slot] === -1) {
      slots[slot] = firstNode.length;
      firstNode.push(node);
    }
    ofNode[node] = slots[slot]!;
    if (2 * firstNode.length > slots.length) {
      slots = new Int32Array(2 * slots.length).fill(-1);
      for (const [number, first] of firstNode.entries()) slots[slotOf(first)] = number;
    }
  }
  const values = new Float64Array(firstNode.length * outputs);
  for (const [i, node] of firstNode.entries()) {
    values.set(value.subarray(node * outputs, (node + 1) * outputs), i * outputs);
  }
  return { count: firstNode.length, values, ofNode };
}
