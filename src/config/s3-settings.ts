import { z } from 'zod';

/** `data.s3` of mlops.yaml. Keys and tokens never stand here: they come from the environment, or from OIDC. */
export const s3Settings = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('URL of an S3-compatible store; default: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, else AWS itself.'),
    region: z.string().min(1).optional().describe('Region of the buckets; default: AWS_REGION, else us-east-1.'),
    'path-style': z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe('Name the bucket in the path, not in the host name. auto: where there is an endpoint.'),
  })
  .prefault({});

export type S3Settings = z.output<typeof s3Settings>;
