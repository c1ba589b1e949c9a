/** The stop follows the price. */
import { trailedStop } from '../stops.ts';
import type { Rule } from './rule.ts';

export const trail: Rule = ({ policy, instrument, position, bid, ask }) => {
  const { trailingStop, trailingStep } = policy.position;
  if (!trailingStop) return undefined;
  const stopLoss = trailedStop(instrument, position, bid, ask, trailingStep);
  return stopLoss === undefined ? undefined : { kind: 'move_stop', stopLoss, reason: 'trailing_stop' };
};
