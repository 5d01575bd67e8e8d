import { stringify } from 'yaml';
import type { FittedFeatures, RawColumn } from '../features/fitted-features.ts';
import type { ModelInfo } from './model-info.ts';
import { PYTHON_VERSION } from './python-environment.ts';
import { LOADER_MODULE } from './python-loader.ts';

/** The MLflow version whose model format is written. */
export const MLFLOW_VERSION = '3.17.2';

/** Version of the `onnx` package with which `model.onnx` is checked. */
const ONNX_VERSION = '1.23.2';

const ONNX_FLAVORS = {
  python_function: {
    code: 'code',
    data: 'model.onnx',
    env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
    loader_module: LOADER_MODULE,
    python_version: PYTHON_VERSION,
    streamable: false,
  },
  onnx: { data: 'model.onnx', onnx_version: ONNX_VERSION, providers: ['CPUExecutionProvider'] },
};

/** The file `MLmodel`: flavors and signature, as MLflow writes them. @param nativeOnly only the flavor of the toolkit is there */
export function mlmodelText(info: ModelInfo, features: FittedFeatures, nativeOnly: boolean): string {
  return stringify(
    {
      artifact_path: `models:/${info.modelId}`,
      flavors: {
        ...(nativeOnly ? {} : ONNX_FLAVORS),
        mlops: { data: 'native', task: info.task, toolkit_version: info.toolkitVersion },
      },
      mlflow_version: MLFLOW_VERSION,
      model_id: info.modelId,
      run_id: info.runId,
      saved_input_example_info: {
        artifact_path: 'input_example.json',
        type: 'dataframe',
        pandas_orient: 'split',
        serving_input_path: 'serving_input_example.json',
      },
      signature: {
        inputs: JSON.stringify(features.inputs.map(inputSpec)),
        outputs: JSON.stringify(outputSpecs(info)),
        params: null,
      },
      utc_time_created: new Date(info.createdAt).toISOString().replace('T', ' ').replace('Z', ''),
    },
    // Quoted: YAML 1.1, which MLflow reads, takes more texts for numbers and times than YAML 1.2.
    { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' },
  );
}

function inputSpec({ name, type, required }: RawColumn) {
  return { type, name, required };
}

function outputSpecs({ task, classes }: ModelInfo) {
  if (task === 'regression') return [{ type: 'double', name: 'prediction', required: true }];
  return [
    { type: 'string', name: 'prediction', required: true },
    ...classes.map((label) => ({ type: 'double', name: `probability_${label}`, required: true })),
  ];
}
