import type { CheckSettings } from '../../config/data-checks.ts';
import type { Target } from '../target.ts';
import { type CheckResult, count, outcome, percent } from './check-result.ts';

/** Classes so rare that a forest hardly sees them. */
export function classBalance(name: string, target: Target, settings: CheckSettings): CheckResult[] {
  if (target.task === 'regression') return [];
  const counts = new Int32Array(target.classes.length);
  for (const code of target.codes) counts[code]!++;
  const least = settings['min-class-share'];
  const n = target.codes.length;
  const rare = target.classes.filter((_, code) => counts[code]! < least * n);
  const rarest = counts.indexOf(Math.min(...counts));
  const shown = `"${target.classes[rarest]}" in ${count(counts[rarest]!, 'row')} (${percent(counts[rarest]! / n)})`;
  return outcome({
    check: 'class balance',
    column: name,
    severity: settings.severity['class-balance'],
    passed: rare.length === 0,
    found: rare.length > 1 ? `${rare.length} rare classes, the rarest ${shown}` : `as its rarest class ${shown}`,
    allowed: `at least ${percent(least)} each; "class-weight: balanced" makes rare classes count`,
  });
}
