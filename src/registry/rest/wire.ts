import { z } from 'zod';
import { keyValues, whole } from '../../tracking/rest/wire.ts';
import type { ModelVersion, RegisteredModel } from '../model-registry.ts';

export const wireModel = z
  .object({
    name: z.string(),
    description: z.string().default(''),
    creation_timestamp: whole.default(0),
    last_updated_timestamp: whole.default(0),
    tags: keyValues,
    aliases: z.array(z.object({ alias: z.string(), version: whole })).default([]),
  })
  .transform(
    (wire): RegisteredModel => ({
      name: wire.name,
      description: wire.description,
      creationTime: wire.creation_timestamp,
      lastUpdatedTime: wire.last_updated_timestamp,
      tags: wire.tags,
      aliases: Object.fromEntries(wire.aliases.map(({ alias, version }) => [alias, version])),
    }),
  );

/** A version as a server tells it: where its files are has to be asked for. */
export type StoredVersion = Omit<ModelVersion, 'storageLocation' | 'aliases'>;

export const wireVersion = z
  .object({
    name: z.string(),
    version: whole,
    creation_timestamp: whole.default(0),
    description: z.string().default(''),
    run_id: z.string().default(''),
    source: z.string().default(''),
    model_id: z.string().default(''),
    status: z.enum(['READY', 'PENDING_REGISTRATION', 'FAILED_REGISTRATION']).default('READY'),
    tags: keyValues,
  })
  .transform(
    (wire): StoredVersion => ({
      name: wire.name,
      version: wire.version,
      creationTime: wire.creation_timestamp,
      description: wire.description,
      runId: wire.run_id,
      source: wire.source,
      modelId: /^models:\/(m-[0-9a-f]{32})$/.exec(wire.source)?.[1] ?? wire.model_id,
      status: wire.status,
      tags: wire.tags,
    }),
  );
