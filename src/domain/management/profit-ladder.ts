/** Parts of a position are closed as it earns: each rung once, and what is left keeps its stop and its target. */
import { shareOf } from '../instrument.ts';
import type { LadderRung } from '../policy.ts';
import type { Position } from '../position.ts';
import { type Quantity, quantity } from '../units.ts';
import { soundPart } from './partial-close.ts';
import { type CloseRule, gainTicks } from './rule.ts';

/** A ladder adds up to the whole within this. */
const ROUNDING = 1e-9;

export const climbProfitLadder: CloseRule = (look) => {
  const { policy, position } = look;
  const { profitLadder, partialClose, minCloseSize } = policy.position;
  if (profitLadder === undefined || !partialClose) return undefined;
  const done = position.progress?.rungs ?? 0;
  const gain = gainTicks(look);
  let rungs = done;
  while (rungs < profitLadder.length && gain >= rungTicks(profitLadder[rungs], position)) rungs += 1;
  if (rungs === done) return undefined;
  const part = partOf(position, profitLadder, done, rungs, minCloseSize);
  return part > 0 ? { kind: 'close', quantity: part, reason: 'take_profit_ladder', rungs } : undefined;
};

const rungTicks = (rung: LadderRung | undefined, { initialStopDistance }: Position): number =>
  rung === undefined ? Number.POSITIVE_INFINITY : rung.atR * initialStopDistance;

/**
 * Several rungs that one bar has passed are closed as one, without the earliest where all are more than a sound part:
 * a loss limit may have halved the position meanwhile. The last rung of a whole ladder takes what is left.
 */
function partOf(
  position: Position,
  ladder: readonly LadderRung[],
  done: number,
  rungs: number,
  minCloseSize: number,
): Quantity {
  const sum = (from: number, to: number) => ladder.slice(from, to).reduce((all, { fraction }) => all + fraction, 0);
  if (rungs === ladder.length && sum(0, rungs) >= 1 - ROUNDING) return position.quantity;
  for (let from = done; from < rungs; from++) {
    const part = shareOf(position.openingQuantity, sum(from, rungs));
    if (soundPart(position, part, minCloseSize)) return part;
  }
  return quantity(0);
}
