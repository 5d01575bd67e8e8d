import type { Graph, Value } from './graph.ts';
import { ELEMENT_TYPES } from './tensor.ts';

const TO_DOUBLE = { attributes: { to: ELEMENT_TYPES.double } };

/** Arithmetic on columns of doubles as features/ does it: missing is NaN, and so is what is not finite. */
export class Numbers {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  add = (a: Value, b: Value | number): Value => this.graph.node('Add', [a, this.#value(b)]);
  subtract = (a: Value, b: Value | number): Value => this.graph.node('Sub', [a, this.#value(b)]);
  multiply = (a: Value, b: Value | number): Value => this.graph.node('Mul', [a, this.#value(b)]);
  divide = (a: Value, b: Value | number): Value => this.graph.node('Div', [a, this.#value(b)]);

  isMissing(a: Value): Value {
    return this.graph.node('IsNaN', [a]);
  }

  anyMissing(a: Value, b: Value): Value {
    return this.graph.node('Or', [this.isMissing(a), this.isMissing(b)]);
  }

  where(condition: Value, then: Value | number, otherwise: Value | number): Value {
    return this.graph.node('Where', [condition, this.#value(then), this.#value(otherwise)]);
  }

  /** A comparison of ONNX, e.g. `Less`: a boolean, false where a side is missing. */
  compare(operator: string, a: Value, b: Value | number): Value {
    return this.graph.node(operator, [a, this.#value(b)]);
  }

  /** 1 and 0 for a boolean. */
  number(boolean: Value): Value {
    return this.graph.node('Cast', [boolean], TO_DOUBLE);
  }

  /** What is not finite becomes missing. */
  finite(a: Value): Value {
    return this.where(this.graph.node('IsInf', [a]), Number.NaN, a);
  }

  /**
   * log(1 + x), to a few units of the last place: ONNX has no such operator.
   *
   * Source  Kahan, as in Goldberg 1991, ACM Computing Surveys 23(1), theorem 4
   */
  log1p(x: Value): Value {
    const u = this.add(x, 1);
    const exact = this.multiply(this.graph.node('Log', [u]), this.divide(x, this.subtract(u, 1)));
    return this.where(this.compare('Equal', u, 1), x, exact);
  }

  /**
   * exp(x) - 1, to a few units of the last place.
   *
   * Source  Kahan, as in Higham 2002, Accuracy and Stability of Numerical Algorithms, section 1.14.1
   */
  expm1(x: Value): Value {
    const u = this.graph.node('Exp', [x]);
    const less = this.subtract(u, 1);
    const exact = this.multiply(less, this.divide(x, this.graph.node('Log', [u])));
    const small = this.compare('Equal', u, 1);
    return this.where(small, x, this.where(this.compare('Equal', less, -1), -1, exact));
  }

  #value(a: Value | number): Value {
    return typeof a === 'number' ? this.graph.scalar(a) : a;
  }
}
