/** Where the project lives; in one place, so that a fork changes one line. */
export const REPOSITORY = 'gnu-mlops/pipeline';
export const MAJOR = 'v1';

/** `uses:` of an action; the root action is the pipeline. */
export function usesOf(name: string): string {
  return name === 'pipeline' ? `${REPOSITORY}@${MAJOR}` : `${REPOSITORY}/actions/${name}@${MAJOR}`;
}
