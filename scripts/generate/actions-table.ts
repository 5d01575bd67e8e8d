import type { CommandDefinition } from '../../src/commands/command.ts';
import { usesOf } from './repository.ts';
import { markdownTable } from './section.ts';

/** The README's table of actions. */
export function actionsTable(actions: readonly CommandDefinition[]): string {
  return markdownTable(
    ['Action', 'What it does', 'Outputs'],
    actions.map((action) => [
      `[\`${usesOf(action.name)}\`](actions/${action.name}/README.md)`,
      action.summary,
      Object.keys(action.outputs)
        .map((name) => `\`${name}\``)
        .join(', '),
    ]),
  );
}
