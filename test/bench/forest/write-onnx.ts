import { writeFileSync } from 'node:fs';
import { featureSettings } from '../../../src/config/features.ts';
import type { Table } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { fitFeatures } from '../../../src/features/pipeline.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import type { ModelInfo } from '../../../src/model/model-info.ts';
import { onnxModel } from '../../../src/model/onnx/onnx-model.ts';
import { VERSION } from '../../../src/version.ts';

/** The forest as users get it in a model's directory. */
export function writeOnnx(path: string, table: Table, target: Target, forest: Forest): void {
  const features = fitFeatures(table, featureSettings.parse({ 'drop-identifiers': false }), { target, seed: 0 });
  const classes = target.task === 'classification' ? target.classes : [];
  // Of what a model knows of itself the graph holds the rest only as texts.
  const info = { task: target.task, classes, toolkitVersion: VERSION } as ModelInfo;
  writeFileSync(path, onnxModel({ info, features, forest }));
}
