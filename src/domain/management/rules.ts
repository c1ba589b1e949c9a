/** What is done with an open position on a bar: lists of rules, gravest first, of which at most one acts. */
import { direction } from '../order.ts';
import { isFrozen } from '../stops.ts';
import { breakEven } from './break-even.ts';
import { climbProfitLadder } from './profit-ladder.ts';
import type { Action, CloseRule, Look, StopAction, StopRule } from './rule.ts';
import { timeStop } from './time-stop.ts';
import { trail } from './trailing.ts';

/** The whole goes before a part of it. */
const CLOSES: readonly CloseRule[] = [timeStop, climbProfitLadder];
const STOPS: readonly StopRule[] = [breakEven, trail];

/** A close goes before a move of the stop: two changes of one position never meet at the venue. */
export function actionOn(look: Look): Action | undefined {
  for (const rule of CLOSES) {
    const close = rule(look);
    if (close !== undefined) return close;
  }
  return tightestStop(look);
}

/** Of the stops that are asked for, the one nearest to the price; the first of two alike. */
function tightestStop(look: Look): StopAction | undefined {
  let tightest: StopAction | undefined;
  for (const rule of STOPS) {
    const asked = rule(look);
    if (asked === undefined) continue;
    const sign = direction(look.position.side);
    if (tightest === undefined || sign * (asked.stopLoss - tightest.stopLoss) > 0) tightest = asked;
  }
  return tightest === undefined || isFrozen(look.instrument, look.position, look.market) ? undefined : tightest;
}
