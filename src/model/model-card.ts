import type { FittedFeatures } from '../features/fitted-features.ts';
import { type Forest, treeCount } from '../forest/forest.ts';
import type { ModelInfo } from './model-info.ts';

/** README.md of a model directory: what the model is, how good, of which data, and how to use it. */
export function modelCard(info: ModelInfo, features: FittedFeatures, forest: Forest): string {
  const classes = info.classes.length === 0 ? '' : `, classes ${info.classes.map(code).join(', ')}`;
  const metrics = Object.entries(info.metrics).map(([name, value]) => [name, String(value)]);
  const columns = features.inputs.map(({ name, type, required }) => [
    code(name),
    type,
    required ? 'yes' : 'may be missing',
  ]);
  const left = features.dropped.map(({ column, reason }) => [code(column), reason]);
  return `# ${info.name}

A random forest of ${treeCount(forest)} trees that predicts ${code(info.target)} (${info.task}${classes}).

| | |
|---|---|
| Trained | ${new Date(info.createdAt).toISOString()}, run ${code(info.runId)}, toolkit ${info.toolkitVersion}, engine ${code(info.engine)} |
| Data | ${code(info.dataSource)}, digest ${code(info.dataDigest)} |
| Rows | ${info.split.trainingRows} for training, ${info.split.testRows} held out |

${section('Metrics on the rows held out', ['Metric', 'Value'], metrics)}${section('Columns', ['Column', 'Type', 'Required'], columns)}${section('Columns left out', ['Column', 'Reason'], left)}## Use

\`\`\`sh
mlops predict --model . --data new.csv --output predictions
mlops serve --model .
mlflow models serve --model-uri . --env-manager local
\`\`\`

\`\`\`python
import mlflow

model = mlflow.pyfunc.load_model(".")
model.predict(rows)  # a DataFrame: prediction${info.classes.length === 0 ? '' : ', probability_<class>'}
\`\`\`

\`model.onnx\` is the same model for any ONNX Runtime from 1.23 on; \`native/\` is what the toolkit itself reads.
`;
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return `## ${title}\n\n${lines.join('\n')}\n\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A code span that no text can break out of. */
function code(text: string): string {
  const fence = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length)) + 1);
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${text.replaceAll(/\s+/g, ' ')}${pad}${fence}`;
}
