import type { CheckSettings } from '../../config/data-checks.ts';
import { hashRows } from '../row-hash.ts';
import type { Table } from '../table.ts';
import { type CheckResult, outcome, percent } from './check-result.ts';

/**
 * Held-out rows that the forest has seen: their metrics promise too much.
 *
 * @param training features of the rows that are learned from
 * @param heldOut the same columns
 */
export function overlap(training: Table, heldOut: Table, settings: CheckSettings): CheckResult[] {
  const severity = settings.severity.overlap;
  if (severity === 'off') return [];
  const seen = new Set(hashRows(training, 0));
  let again = 0;
  for (const hash of hashRows(heldOut, 0)) if (seen.has(hash)) again++;
  const share = again / Math.max(1, heldOut.nRows);
  const most = settings['max-overlap-share'];
  return outcome({
    check: 'overlap',
    severity,
    passed: share <= most,
    found: `${percent(share)} of the held-out rows among the training rows`,
    allowed: `at most ${percent(most)}; a split by group keeps such rows together`,
  });
}
