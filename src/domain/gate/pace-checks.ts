/** The gate's questions of pace: is it too soon after losses, too often, or on the same bar again? */
import { formatUtc } from '../calendar.ts';
import type { Verdict } from '../decision.ts';
import type { Side } from '../order.ts';
import { countInHour, countSince, MINUTE_MS, type Pause } from '../pace.ts';
import { marketOf, type ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { verdict } from './verdict.ts';

export interface PaceQuestion {
  readonly symbol: string;
  readonly side: Side | 'flat';
  readonly barClosedAt: UnixMs;
  readonly now: UnixMs;
  readonly ownOrderId?: string;
}

export const paceVerdicts = (state: ServoState, question: PaceQuestion): Verdict[] => [
  streakVerdict(state, question),
  rateVerdict(state, question),
  barVerdict(state, question),
];

function streakVerdict(state: ServoState, { symbol, now }: PaceQuestion): Verdict {
  const ofAccount = state.account.losingStreak;
  const ofSymbol = marketOf(state, symbol).losingStreak;
  const pause = running(ofAccount?.pause, now) ?? running(ofSymbol?.pause, now);
  if (pause === undefined) return verdict('losing_streak', true, ofSymbol?.losses ?? 0, 'no pause');
  return verdict(
    'losing_streak',
    false,
    `${pause.losses} losses in a row, until ${formatUtc(pause.until)}`,
    'no pause',
  );
}

const running = (pause: Pause | undefined, now: UnixMs): Pause | undefined =>
  pause === undefined || now >= pause.until ? undefined : pause;

/** What waits to be sent counts as sent. */
function rateVerdict(state: ServoState, { symbol, side, now, ownOrderId }: PaceQuestion): Verdict {
  const { perMinute, perHour, repeated } = state.policy.pace;
  let waiting = 0;
  for (const { intent, status } of state.orders.values()) {
    if (intent.kind === 'open' && status === 'authorised' && intent.orderId !== ownOrderId) waiting++;
  }
  const { sentAt } = state.account;
  const inMinute = waiting + countSince(sentAt, now, MINUTE_MS);
  const inHour = waiting + countInHour(sentAt, now);
  const { repeats } = marketOf(state, symbol);
  const alike = repeats !== undefined && repeats.side === side ? repeats.count : 0;
  if (!(inMinute < perMinute)) return verdict('order_rate_limit', false, `${inMinute} in a minute`, perMinute);
  if (!(inHour < perHour)) return verdict('order_rate_limit', false, `${inHour} in an hour`, perHour);
  if (repeated !== null && !(alike < repeated)) {
    return verdict(
      'order_rate_limit',
      false,
      `${alike} ${side}s of ${symbol} in a row: resume lets it go on`,
      repeated,
    );
  }
  return verdict('order_rate_limit', true, inHour, perHour);
}

/** One entry a bar: a second one on the same would be the same decision again. */
function barVerdict(state: ServoState, { symbol, barClosedAt }: PaceQuestion): Verdict {
  const used = marketOf(state, symbol).enteredOn === barClosedAt ? 1 : 0;
  return verdict('bar_used', used === 0, used, 0);
}
