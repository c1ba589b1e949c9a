/** Once the price has gone far enough, the stop goes to where being hit costs nothing. Once, and never back. */
import { ticksFromPoints } from '../instruments.ts';
import { direction } from '../order.ts';
import { permittedStop } from '../stops.ts';
import { breakEvenTicks } from '../trading-cost.ts';
import { type Look, reachTicks, type StopRule } from './rule.ts';

export const breakEven: StopRule = (look) => {
  const { policy, instrument, position, market, atrTicks } = look;
  const rule = policy.position.breakEven;
  if (rule === undefined || position.progress?.breakEven === true) return undefined;
  const unit = rule.unit === 'r' ? position.initialStopDistance : atrTicks;
  if (!(reachTicks(look) >= rule.after * unit)) return undefined;
  const beyond = beyondTicks(look, rule.points);
  if (beyond === undefined) return undefined;
  // Where the price has come back too near, it waits: a stop short of the entry would be no break-even.
  const stopLoss = permittedStop(instrument, position, market, position.entryPrice + direction(position.side) * beyond);
  return stopLoss === undefined ? undefined : { kind: 'move_stop', stopLoss, reason: 'break_even' };
};

/** Undefined while nobody knows what the commission is worth in ticks. */
function beyondTicks({ policy, instrument, rate }: Look, points: number | undefined): number | undefined {
  if (points !== undefined) return ticksFromPoints(instrument, points);
  return rate === undefined ? undefined : breakEvenTicks(policy, instrument.symbol, rate);
}
