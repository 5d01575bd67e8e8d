import { stringify } from 'yaml';

/** Of the flavors: the Python that they are tested with. */
export const PYTHON_VERSION = '3.11';

/** ONNX Runtime before 1.23 does not read sets of categories as the specification has them. */
const REQUIREMENTS = ['mlflow>=3.0,<4', 'numpy>=1.26,<3', 'onnxruntime>=1.23,<2', 'pandas>=2.2,<4'];

const BUILD_TOOLS = ['pip', 'setuptools', 'wheel'];

/** The files in which MLflow keeps what the python_function flavor needs, for each of its environment managers. */
export const ENVIRONMENT_FILES = {
  'requirements.txt': REQUIREMENTS.map((line) => `${line}\n`).join(''),
  'python_env.yaml': stringify({
    python: PYTHON_VERSION,
    build_dependencies: BUILD_TOOLS,
    dependencies: ['-r requirements.txt'],
  }),
  'conda.yaml': stringify({
    name: 'mlflow-env',
    channels: ['conda-forge'],
    dependencies: [`python=${PYTHON_VERSION}`, 'pip', { pip: REQUIREMENTS }],
  }),
};
