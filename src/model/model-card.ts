import { listSome } from '../errors/suggest.ts';
import { treeCount } from '../forest/forest.ts';
import { impurityImportances } from '../forest/impurity-importances.ts';
import type { ModelInfo } from './model-info.ts';
import type { PredictingParts } from './predict.ts';

/** Of the features, the most important first. */
const MOST_IMPORTANCES = 20;

/** Of a step: one-hot columns can be many. */
const MOST_OUTPUTS = 8;

/** README.md of a model directory: what the model is, how good, of which data, and how to use it. */
export function modelCard(info: ModelInfo, parts: PredictingParts, nativeOnly = false): string {
  const { features, forest, calibration, intervals } = parts;
  const classes = info.classes.length === 0 ? '' : `, classes ${info.classes.map(code).join(', ')}`;
  const metrics = metricRows(info.metrics);
  const outOfBag = metricRows(info.oobMetrics ?? {});
  const importances = impurityImportances(forest)
    .slice(0, MOST_IMPORTANCES)
    .map(({ feature, importance }) => [code(feature), importance.toPrecision(4)]);
  const columns = features.inputs.map(({ name, type, required }) => [
    code(name),
    type,
    required ? 'yes' : 'may be missing',
  ]);
  const steps = (features.operations ?? []).map(({ kind, inputs, outputs }) => [
    code(kind),
    inputs.map(code).join(', '),
    listSome(outputs.map(code), MOST_OUTPUTS),
  ]);
  const left = features.dropped.map(({ column, reason }) => [code(column), reason]);
  return `# ${info.name}

A random forest of ${treeCount(forest)} trees that predicts ${code(info.target)} (${info.task}${classes}).

| | |
|---|---|
| Trained | ${new Date(info.createdAt).toISOString()}, run ${code(info.runId)}, toolkit ${info.toolkitVersion}, engine ${code(info.engine)} |
| Data | ${code(info.dataSource)}, digest ${code(info.dataDigest)} |
| Rows | ${info.split.trainingRows} for training, ${info.split.testRows} held out |
${calibration ? `| Probabilities | calibrated on out-of-bag predictions, method ${code(calibration.method)} |\n` : ''}${intervals ? boundsRow(intervals) : ''}
${section('Metrics on the rows held out', ['Metric', 'Value'], metrics)}${section('Metrics out of bag', ['Metric', 'Value'], outOfBag)}${section('Importances of features (mean decrease of impurity)', ['Feature', 'Importance'], importances)}${section('Columns', ['Column', 'Type', 'Required'], columns)}${section('Steps before the forest', ['Step', 'From', 'To'], steps)}${section('Columns left out', ['Column', 'Reason'], left)}## Use

\`\`\`sh
mlops predict --model . --data new.csv --output predictions
mlops serve --model .
${nativeOnly ? '' : 'mlflow models serve --model-uri . --env-manager local\n'}\`\`\`

${nativeOnly ? NATIVE_ONLY : onnxUse(info, intervals)}`;
}

const NATIVE_ONLY = `The model was exported with \`model.export: native-only\`: \`native/\` is what the toolkit itself reads, and there is no
flavor for MLflow's \`python_function\` or ONNX Runtime.
`;

function onnxUse({ classes }: ModelInfo, intervals: PredictingParts['intervals']): string {
  return `\`\`\`python
import mlflow

model = mlflow.pyfunc.load_model(".")
model.predict(rows)  # a DataFrame: prediction${classes.length === 0 ? '' : ', probability_<class>'}
\`\`\`

\`model.onnx\` is the same model for any ONNX Runtime from 1.23 on; \`native/\` is what the toolkit itself reads.
${intervals ? 'Bounds are in what `mlops predict` and `mlops serve` answer; `model.onnx`, and with it MLflow, answers the prediction alone.\n' : ''}`;
}

function boundsRow({ levels }: NonNullable<PredictingParts['intervals']>): string {
  return `| Bounds | \`prediction_lower\` and \`prediction_upper\`: quantiles ${levels.join(' and ')} of a quantile forest |\n`;
}

function metricRows(metrics: ModelInfo['metrics']): string[][] {
  return Object.entries(metrics).map(([name, value]) => [name, String(value)]);
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
