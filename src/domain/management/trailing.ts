/** The stop follows the price: at the first stop's distance, at a multiple of the ATR, or that far behind the best price (chandelier). */
import { direction } from '../order.ts';
import type { TrailingPolicy } from '../policy.ts';
import { steppedStop } from '../stops.ts';
import { type Look, reachTicks, type StopRule } from './rule.ts';

const AS_THE_SEED: TrailingPolicy = { kind: 'initial', atrMultiple: 0, startR: 0 };

export const trail: StopRule = (look) => {
  const { policy, instrument, position, market } = look;
  const { trailingStop, trailingStep, trailing = AS_THE_SEED } = policy.position;
  if (!trailingStop) return undefined;
  const { initialStopDistance } = position;
  if (trailing.startR > 0 && !(reachTicks(look) >= trailing.startR * initialStopDistance)) return undefined;
  const stopLoss = steppedStop(instrument, position, market, wantedStop(look, trailing), trailingStep);
  return stopLoss === undefined ? undefined : { kind: 'move_stop', stopLoss, reason: 'trailing_stop' };
};

function wantedStop(look: Look, { kind, atrMultiple }: TrailingPolicy): number {
  const { position, market, atrTicks } = look;
  const sign = direction(position.side);
  if (kind === 'initial') return market - sign * position.initialStopDistance;
  const behind = sign * Math.ceil(atrMultiple * atrTicks);
  return kind === 'atr' ? market - behind : position.entryPrice + sign * reachTicks(look) - behind;
}
