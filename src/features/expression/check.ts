import type { Column } from '../../data/table.ts';
import { didYouMean, listSome } from '../../errors/suggest.ts';
import { OTHER_FUNCTIONS, type OtherFunction } from './functions.ts';
import { type Expression, parseFormula } from './parse.ts';
import { FormulaError } from './tokens.ts';

export type Kind = Column['kind'];

type Type = 'number' | 'text' | 'instant' | 'unknown';

const TYPE_OF = { numeric: 'number', categorical: 'text', datetime: 'instant' } as const;

/**
 * Reads a formula and holds it against the columns there are.
 *
 * @param kindOf the kind of each column
 * @returns the tree and the columns it reads; or every fault, each with its column in the formula
 */
export function checkFormula(
  formula: string,
  kindOf: ReadonlyMap<string, Kind>,
): { expression: Expression; reads: string[] } | { faults: string[] } {
  const faults: FormulaError[] = [];
  let expression: Expression;
  try {
    expression = parseFormula(formula);
    const type = typeOf(expression, kindOf, faults);
    if (type === 'text' || type === 'instant') faults.push(new FormulaError(0, `this is a ${type}, expected a number`));
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return { faults: [inWords(error)] };
  }
  if (faults.length > 0) return { faults: faults.map(inWords) };
  return { expression, reads: [...new Set(columnsOf(expression))] };
}

function inWords({ at, message }: FormulaError): string {
  return `column ${at + 1}: ${message}`;
}

function columnsOf(expression: Expression): string[] {
  if (expression.kind === 'column') return [expression.name];
  return 'args' in expression ? expression.args.flatMap(columnsOf) : [];
}

function typeOf(expression: Expression, kindOf: ReadonlyMap<string, Kind>, faults: FormulaError[]): Type {
  switch (expression.kind) {
    case 'number':
    case 'text':
      return expression.kind;
    case 'column': {
      const kind = kindOf.get(expression.name);
      if (kind) return TYPE_OF[kind];
      const names = [...kindOf.keys()];
      const hint = didYouMean(expression.name, names);
      faults.push(
        new FormulaError(expression.at, `there is no column "${expression.name}".${hint} Columns: ${listSome(names)}`),
      );
      return 'unknown';
    }
    case 'operator': {
      const { operator, args, at } = expression;
      const [left, right] = args.map((arg) => typeOf(arg, kindOf, faults)) as [Type, Type];
      if (operator === '==' || operator === '!=') {
        if (left !== right && left !== 'unknown' && right !== 'unknown') {
          faults.push(new FormulaError(at, `"${operator}" compares a ${left} with a ${right}`));
        }
        return 'number';
      }
      needNumber(operator, [left, right], at, faults);
      return 'number';
    }
    case 'negative':
    case 'not': {
      const types = expression.args.map((arg) => typeOf(arg, kindOf, faults));
      needNumber(expression.kind === 'not' ? 'not' : '-', types, expression.at, faults);
      return 'number';
    }
    case 'call': {
      const { name, args, at } = expression;
      const types = args.map((arg) => typeOf(arg, kindOf, faults));
      const takes = name in OTHER_FUNCTIONS ? OTHER_FUNCTIONS[name as OtherFunction].takes : 'number';
      if (takes === 'number') needNumber(name, types, at, faults);
      const given = types[0]!;
      if (takes === 'instant' && given !== 'instant' && given !== 'unknown') {
        faults.push(new FormulaError(at, `"days" of a ${given}, expected a column of instants`));
      }
      if (name === 'is_missing' && args[0]!.kind === 'text') {
        faults.push(new FormulaError(at, '"is_missing" of a text, expected a column or a number'));
      }
      return 'number';
    }
  }
}

function needNumber(name: string, types: readonly Type[], at: number, faults: FormulaError[]): void {
  const wrong = types.find((type) => type === 'text' || type === 'instant');
  if (wrong === undefined) return;
  const hint = wrong === 'instant' ? ': days(…) makes a number of it' : '';
  faults.push(new FormulaError(at, `"${name}" of a ${wrong}, expected a number${hint}`));
}
