/** The operations of GitHub's REST API that the toolkit, its templates and @actions/artifact call; the stand-in knows no other. */
export const OPERATIONS = [
  'actions/create-workflow-dispatch',
  'actions/download-artifact',
  'actions/list-workflow-run-artifacts',
  'issues/create',
  'issues/create-comment',
  'issues/list-comments',
  'issues/list-for-repo',
  'issues/update',
  'issues/update-comment',
  'pulls/list',
  'repos/create-deployment',
  'repos/create-deployment-status',
  'repos/get',
] as const;

export type OperationId = (typeof OPERATIONS)[number];

/**
 * The lines under `permissions:` of which each operation asks for one; reading what is public asks for none.
 * Source  GitHub's "Permissions required for GitHub Apps"
 */
export const PERMISSIONS: Readonly<Partial<Record<OperationId, readonly string[]>>> = {
  'actions/create-workflow-dispatch': ['actions: write'],
  'actions/download-artifact': ['actions: read', 'actions: write'],
  'actions/list-workflow-run-artifacts': ['actions: read', 'actions: write'],
  'issues/create': ['issues: write'],
  'issues/create-comment': ['issues: write', 'pull-requests: write'],
  'issues/update': ['issues: write', 'pull-requests: write'],
  'issues/update-comment': ['issues: write', 'pull-requests: write'],
  'pulls/list': ['pull-requests: read', 'pull-requests: write'],
  'repos/create-deployment': ['deployments: write'],
  'repos/create-deployment-status': ['deployments: write'],
};
