/** One check's answer, and many of them in order: gravest first. */
import { DENIAL_REASONS, type DenialReason, type Verdict } from '../decision.ts';

export const verdict = (
  check: DenialReason,
  passed: boolean,
  value: Verdict['value'],
  limit: Verdict['limit'],
): Verdict => ({ check, passed, value, limit });

const PRECEDENCE: ReadonlyMap<DenialReason, number> = new Map(DENIAL_REASONS.map((reason, rank) => [reason, rank]));
const rank = ({ check }: Verdict): number => PRECEDENCE.get(check) ?? 0;

/** Two lists, each in order already, as one. */
export function gravestFirst(ones: readonly Verdict[], others: readonly Verdict[]): Verdict[] {
  const merged: Verdict[] = [];
  let next = 0;
  for (const one of ones) {
    for (let other = others[next]; other !== undefined && rank(other) < rank(one); other = others[next]) {
      merged.push(other);
      next++;
    }
    merged.push(one);
  }
  for (; next < others.length; next++) merged.push(others[next] as Verdict);
  return merged;
}
