import { pythonEnv, pythonExtras } from './python-env.ts';

/** What the toolkit is compared with, in one environment for all suites. MLflow brings numpy, scipy and the Flask of its server. */
export const PEERS = ['mlflow==3.17.2', 'scikit-learn==1.9.1', 'pandas==3.1.1', 'onnx==1.23.2', 'onnxruntime==1.32.0'];

/** The Python that has MLflow, scikit-learn, pandas and onnxruntime; installed on first use. */
export function pythonPeers(): Promise<string> {
  return pythonEnv(PEERS);
}

/** With which MLflow reaches S3 and PostgreSQL: a folder for PYTHONPATH. */
export async function storageExtras(): Promise<string> {
  return pythonExtras(await pythonPeers(), ['boto3==1.44.8', 'psycopg2-binary==2.9.13']);
}

/** Programs that grow and run forests; for benches only. */
export const FOREST_PEERS = [
  'scikit-learn==1.9.1',
  'scikit-learn-intelex==2026.2.0',
  'ydf==0.16.1',
  'onnxruntime==1.32.0',
];

export function forestPeers(): Promise<string> {
  return pythonEnv(FOREST_PEERS);
}
