import type { Column, Table } from '../../data/table.ts';
import type { StepContext } from '../step-kind.ts';
import { checkFormula, type Kind } from './check.ts';
import { evaluateFormula } from './evaluate.ts';
import type { Expression } from './parse.ts';

/** The tree of a formula and the columns that it reads; undefined when it has faults, which are reported. */
export function learnFormula(
  formula: string,
  { table, fault }: StepContext,
): { expression: Expression; reads: string[] } | undefined {
  const checked = checkFormula(formula, new Map(table.columns.map(({ name, kind }) => [name, kind])));
  if (!('faults' in checked)) return checked;
  for (const problem of checked.faults) fault(['formula'], `is ${JSON.stringify(formula)}: ${problem}`);
  return undefined;
}

const known = new WeakMap<object, Expression>();

/** A formula that was learned, read once a model. @param owner what it is kept with */
export function expressionOf(owner: object, formula: string, kindOf: ReadonlyMap<string, Kind>): Expression {
  let expression = known.get(owner);
  if (!expression) {
    const checked = checkFormula(formula, kindOf);
    if ('faults' in checked) throw new TypeError(`${JSON.stringify(formula)}: ${checked.faults.join('; ')}`);
    expression = checked.expression;
    known.set(owner, expression);
  }
  return expression;
}

export function evaluateOn(expression: Expression, columns: readonly Column[], nRows: number): Float64Array {
  return evaluateFormula(expression, new Map(columns.map((column) => [column.name, column])), nRows);
}

export function evaluateOnTable(expression: Expression, { columns, nRows }: Table): Float64Array {
  return evaluateOn(expression, columns, nRows);
}
