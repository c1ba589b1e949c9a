/** A position that has been open long enough is closed: what should have happened by now has not. */
import { type CloseRule, gainTicks } from './rule.ts';

export const timeStop: CloseRule = (look) => {
  const { policy, position, barsHeld } = look;
  const rule = policy.position.timeStop;
  if (rule === undefined || !(barsHeld >= rule.bars)) return undefined;
  if (rule.belowR !== undefined && gainTicks(look) >= rule.belowR * position.initialStopDistance) return undefined;
  return { kind: 'close', quantity: position.quantity, reason: 'time_stop' };
};
