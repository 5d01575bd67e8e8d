/**
 * Every file that is generated from the schemas, by path: actions, tables of READMEs, the JSON Schema of mlops.yaml, the list
 * of errors. `npm run generate` writes them; a test fails when one is stale.
 */
import { readFileSync } from 'node:fs';
import { ACTIONS, COMMANDS } from '../src/commands/registry.ts';
import { actionReadme } from './generate/action-readme.ts';
import { actionYaml } from './generate/action-yaml.ts';
import { actionsTable } from './generate/actions-table.ts';
import { commandsPage } from './generate/commands-page.ts';
import { configPage, configSchema } from './generate/config-reference.ts';
import { errorsPage } from './generate/errors-page.ts';
import { replaceSection } from './generate/section.ts';

export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const actions = await Promise.all(ACTIONS.map((name) => COMMANDS[name]!()));
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  for (const action of actions) {
    const root = action.name === 'pipeline';
    files.set(root ? 'action.yml' : `actions/${action.name}/action.yml`, actionYaml(action));
    files.set(`actions/${action.name}/README.md`, actionReadme(action));
  }
  files.set('docs/mlops.schema.json', configSchema());
  files.set('docs/configuration.md', configPage());
  files.set('docs/commands.md', commandsPage(commands));
  files.set('docs/errors.md', errorsPage());
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  files.set('README.md', replaceSection(readme, 'actions', actionsTable(actions)));
  return files;
}
