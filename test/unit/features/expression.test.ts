import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFormula } from '../../../src/features/expression/check.ts';
import { evaluateFormula } from '../../../src/features/expression/evaluate.ts';
import { type Expression, type Operator, parseFormula } from '../../../src/features/expression/parse.ts';
import { FormulaError } from '../../../src/features/expression/tokens.ts';
import { Random } from '../../../src/forest/random.ts';
import { runs } from '../../tools/effort.ts';
import { tableOf } from './tables.ts';

const cells = {
  temp: [1, 2.5, null, -3],
  hum: [0, 4, 1, 2],
  'wind speed': [1, 1, 2, 3],
  sky: ['clear', null, 'it"s', 'rain'],
  when: [new Date(0), new Date(86_400_000 * 1.5), null, new Date(-86_400_000)],
};
const table = tableOf(cells);
const kinds = new Map(table.columns.map(({ name, kind }) => [name, kind]));
const columns = new Map(table.columns.map((column) => [column.name, column]));

function faultsOf(formula: string): string[] {
  const checked = checkFormula(formula, kinds);
  return 'faults' in checked ? checked.faults : [];
}

function valuesOf(formula: string): (number | null)[] {
  const checked = checkFormula(formula, kinds);
  if ('faults' in checked) throw new Error(checked.faults.join('\n'));
  const values = evaluateFormula(checked.expression, columns, table.nRows);
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
}

describe('a formula', () => {
  test.each<[string, (number | null)[]]>([
    ['temp * hum + 1', [1, 11, null, -5]],
    ['temp / hum', [null, 0.625, null, -1.5]],
    ['2 + 3 * 4 ** 2 / 8 - -1', [9, 9, 9, 9]],
    ['2 ** 3 ** 2', [512, 512, 512, 512]],
    ['-2 ** 2', [-4, -4, -4, -4]],
    ['10 - 4 - 3', [3, 3, 3, 3]],
    ['temp % 2', [1, 0.5, null, 1]],
    ['sqrt(temp)', [1, Math.sqrt(2.5), null, null]],
    ['log(hum)', [null, Math.log(4), 0, Math.log(2)]],
    ['1e200 * 1e200', [null, null, null, null]],
    ['temp > 2 or hum == 0', [1, 1, null, 0]],
    ['temp > 2 and hum == 0', [0, 0, 0, 0]],
    ['not temp > 2', [1, 0, null, 1]],
    ['not true == false', [1, 1, 1, 1]],
    ['sky == "clear"', [1, null, 0, 0]],
    ["sky != 'it\"s' and `wind speed` < 3", [1, null, 0, 0]],
    ['if(temp > 0, hum, -1)', [0, 4, null, -1]],
    ['coalesce(temp, 0) + is_missing(temp) * 100', [1, 2.5, 100, -3]],
    ['is_missing(sky)', [0, 1, 0, 0]],
    ['min(temp, hum, 1)', [0, 1, null, -3]],
    ['days(when)', [0, 1.5, null, -1]],
    ['days(when) >= 0', [1, 1, null, 0]],
    ['round(2.5) + round(3.5) + round(-0.5)', [6, 6, 6, 6]],
  ])('%s', (formula, expected) => {
    expect(valuesOf(formula)).toEqual(expected);
  });

  test('is computed for more rows than are held in the cache at once', () => {
    const x = Array.from({ length: 5000 }, (_, i) => i);
    const long = tableOf({ x });
    const values = evaluateFormula(parseFormula('x * 2 + 1'), new Map([['x', long.columns[0]!]]), 5000);
    expect([...values]).toEqual(x.map((value) => value * 2 + 1));
  });
});

describe('a formula that cannot be', () => {
  test.each<[string, string[]]>([
    [
      'temp * humm',
      ['column 8: there is no column "humm". Did you mean "hum"? Columns: temp, hum, wind speed, sky, when'],
    ],
    [
      'tmp * humm',
      [
        'column 1: there is no column "tmp". Did you mean "temp"? Columns: temp, hum, wind speed, sky, when',
        'column 7: there is no column "humm". Did you mean "hum"? Columns: temp, hum, wind speed, sky, when',
      ],
    ],
    ['temp +', ['column 7: the end is not expected here: a column, a number, a text or "(" is']],
    ['temp hum', ['column 6: "hum" is not expected here']],
    ['(temp + 1', ['column 10: the end is not expected here: the "(" of column 1 is not closed']],
    ['temp = 1', ['column 6: "=" has no meaning here: write ==']],
    ['temp && hum', ['column 6: "&" has no meaning here: write and']],
    ['temp ^ 2', ['column 6: "^" has no meaning here: write **']],
    ['sky == "clear', ['column 8: the " is not closed']],
    [
      'log1(temp)',
      [
        'column 1: there is no function "log1". Did you mean "log"? Functions: abs, sqrt, exp, log, log1p, floor, ceil, round, sign, sin, cos, min, max, if, coalesce, is_missing, days',
      ],
    ],
    ['log1p(temp, hum)', ['column 1: "log1p" has 2 arguments, expected 1']],
    ['if(temp)', ['column 1: "if" has 1 arguments, expected 3']],
    ['1 < temp < 2', ['column 10: comparisons do not chain: join them with "and"']],
    ['sky + 1', ['column 5: "+" of a text, expected a number']],
    ['when + 1', ['column 6: "+" of a instant, expected a number: days(…) makes a number of it']],
    ['sky == 1', ['column 5: "==" compares a text with a number']],
    ['sky', ['column 1: this is a text, expected a number']],
    ['days(temp)', ['column 1: "days" of a number, expected a column of instants']],
    [
      'process.exit(1)',
      [
        'column 1: there is no function "process.exit". Functions: abs, sqrt, exp, log, log1p, floor, ceil, round, sign, sin, cos, min, max, if, coalesce, is_missing, days',
      ],
    ],
  ])('%s', (formula, faults) => {
    expect(faultsOf(formula)).toEqual(faults);
  });

  test('is told where it becomes too long or too deep', () => {
    expect(faultsOf('1 + '.repeat(100_000))).toEqual(['column 4002: longer than 2000 words and signs']);
    expect(faultsOf('('.repeat(1000))).toEqual(['column 201: nested more than 200 deep']);
    expect(valuesOf(`${'1 + '.repeat(900)}1`)).toEqual([901, 901, 901, 901]);
  });

  test('is a FormulaError, whatever is written', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'temp',
        'sky',
        '(',
        ')',
        ',',
        '+',
        '-',
        '**',
        'not ',
        ' and ',
        'if(',
        '"',
        '`',
        '1',
        '.5e3',
        '==',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          parseFormula(pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(FormulaError);
        }
      }),
      { numRuns: runs(500) },
    );
  });
});

const LEVEL: Readonly<Record<Operator, number>> = {
  ...{
    or: 0,
    and: 1,
    '==': 3,
    '!=': 3,
    '<': 3,
    '<=': 3,
    '>': 3,
    '>=': 3,
    '+': 4,
    '-': 4,
    '*': 5,
    '/': 5,
    '%': 5,
    '**': 7,
  },
};

/** The tree as text with no brackets but those that are needed. */
function written(expression: Expression, least = 0): string {
  const bracketed = (level: number, text: string): string => (level < least ? `(${text})` : text);
  switch (expression.kind) {
    case 'number':
      return String(expression.value);
    case 'text':
      return JSON.stringify(expression.value);
    case 'column':
      return `\`${expression.name}\``;
    case 'not':
      return bracketed(2, `not ${written(expression.args[0]!, 2)}`);
    case 'negative':
      return bracketed(6, `-${written(expression.args[0]!, 6)}`);
    case 'call':
      return `${expression.name}(${expression.args.map((arg) => written(arg)).join(', ')})`;
    case 'operator': {
      const { operator, args } = expression;
      const level = LEVEL[operator];
      const [left, right] = operator === '**' ? [8, 6] : [level === 3 ? 4 : level, level + 1];
      return bracketed(level, `${written(args[0]!, left)} ${operator} ${written(args[1]!, right)}`);
    }
  }
}

/** Places in the formula left out. */
function bare(expression: Expression): unknown {
  return JSON.parse(JSON.stringify(expression, (key, value) => (key === 'at' ? undefined : value)));
}

function randomTree(random: Random, depth: number): Expression {
  const inner = (): Expression => randomTree(random, depth - 1);
  switch (random.below(depth === 0 ? 2 : 7)) {
    case 0:
      return { kind: 'number', value: random.below(3) === 0 ? random.unit() ** 20 : random.below(10) * 1e20 };
    case 1:
      return { kind: 'column', name: random.below(2) === 0 ? 'temp' : 'wind speed', at: 0 };
    case 2:
      return { kind: 'not', args: [inner()], at: 0 };
    case 3: {
      const of = inner();
      return of.kind === 'number' ? of : { kind: 'negative', args: [of], at: 0 };
    }
    case 4:
      return { kind: 'call', name: 'if', args: [inner(), inner(), inner()], at: 0 };
    default: {
      const operators = Object.keys(LEVEL) as Operator[];
      return {
        kind: 'operator',
        operator: operators[random.below(operators.length)]!,
        args: [inner(), inner()],
        at: 0,
      };
    }
  }
}

test('a tree that is written with as few brackets as can be is read as the same tree', () => {
  for (let seed = 0; seed < runs(300); seed++) {
    const tree = randomTree(new Random(seed), 5);
    expect(bare(parseFormula(written(tree)))).toEqual(bare(tree));
  }
});
