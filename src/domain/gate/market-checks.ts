/** The gate's questions about the market: is now a time to enter it, and at what price? Market time alone decides, so a backtest asks the same. */
import { formatUtc, tradingDayEnd, tradingPeriods } from '../calendar.ts';
import type { Verdict } from '../decision.ts';
import { LONG_CLOSE_MS, msToClose, nextOpening, sessionAt } from '../hours/market-hours.ts';
import { isNewsKnown, newsNear } from '../news.ts';
import { symbolPolicy, type TradingPolicy } from '../policy.ts';
import type { ServoState } from '../state.ts';
import { type Price, type UnixMs, unixMs } from '../units.ts';
import { verdict } from './verdict.ts';

interface Spread {
  readonly bid: Price;
  readonly ask: Price;
}

/** Asked for the signal, and once more in the transaction that sends; `quote` is left out where nothing was quoted yet. */
export function marketVerdicts(state: ServoState, symbol: string, now: UnixMs, quote: Spread | undefined): Verdict[] {
  const { policy } = state;
  const verdicts = [
    sessionVerdict(policy, symbol, now),
    rolloverVerdict(policy, now),
    newsVerdict(policy, symbol, now),
  ];
  if (quote !== undefined) verdicts.push(spreadVerdict(policy, symbol, quote));
  return verdicts;
}

function spreadVerdict(policy: TradingPolicy, symbol: string, { bid, ask }: Spread): Verdict {
  const { maxSpread } = symbolPolicy(policy, symbol);
  return verdict('spread_limit', ask - bid <= maxSpread, ask - bid, maxSpread);
}

const MINUTE_MS = 60_000;
const minutes = (ms: number): number => Math.floor(ms / MINUTE_MS);

function sessionVerdict(policy: TradingPolicy, symbol: string, now: UnixMs): Verdict {
  const { hours } = symbolPolicy(policy, symbol);
  const { beforeWeekendMs, beforeBreakMs, afterOpenMs } = policy.entryWindows;
  const refused = (value: string, limit: string) => verdict('session_closed', false, value, limit);
  const session = sessionAt(hours, now);
  if (session === undefined) {
    const opening = nextOpening(hours, now);
    return refused(opening === undefined ? 'closed' : `closed until ${formatUtc(opening)}`, 'open');
  }
  const sinceOpen = now - session.opensAt;
  if (!(sinceOpen >= afterOpenMs)) {
    return refused(`opened ${minutes(sinceOpen)} min ago`, `${minutes(afterOpenMs)} min after the opening`);
  }
  const toWeekend = msToClose(hours, now, LONG_CLOSE_MS);
  if (!(toWeekend >= beforeWeekendMs)) {
    return refused(`${minutes(toWeekend)} min to the weekend's close`, `${minutes(beforeWeekendMs)} min`);
  }
  const toClose = session.closesAt - now;
  if (!(toClose >= beforeBreakMs))
    return refused(`${minutes(toClose)} min to the close`, `${minutes(beforeBreakMs)} min`);
  return verdict('session_closed', true, 'open', 'open');
}

/** Around the start of the trading day, when swaps are charged and few quote. */
function rolloverVerdict({ session, entryWindows }: TradingPolicy, now: UnixMs): Verdict {
  const { beforeRolloverMs: before, afterRolloverMs: after } = entryWindows;
  if (before === 0 && after === 0) return verdict('rollover_blackout', true, 'not asked', 'not asked');
  if (!Number.isFinite(now)) return verdict('rollover_blackout', false, 'no time', 'apart');
  const { timezone, dayStartMinutes } = session;
  const dayAt = (at: number) => tradingPeriods(timezone, dayStartMinutes, at as UnixMs).day;
  const first = now - after;
  const last = before > 0 ? now + before - 1 : now;
  if (dayAt(first) === dayAt(last)) return verdict('rollover_blackout', true, 'apart', 'apart');
  const rollover = tradingDayEnd(timezone, dayStartMinutes, unixMs(first));
  return rollover > now
    ? verdict('rollover_blackout', false, `${minutes(rollover - now)} min before`, `${minutes(before)} min`)
    : verdict('rollover_blackout', false, `${minutes(now - rollover)} min after`, `${minutes(after)} min`);
}

function newsVerdict(policy: TradingPolicy, symbol: string, now: UnixMs): Verdict {
  const { news } = policy;
  if (news === undefined) return verdict('news_blackout', true, 'no calendar', 'none near');
  if (!isNewsKnown(news, now) && news.whenUnknown === 'refuse') {
    const covers = `${formatUtc(news.knownFrom)} to ${formatUtc(news.knownTo)}`;
    return verdict('news_blackout', false, 'not covered by the calendar', covers);
  }
  const event = newsNear(news, symbolPolicy(policy, symbol).instrument, now);
  if (event === undefined) return verdict('news_blackout', true, 'none near', 'none near');
  const ahead = event.at - now;
  const when = ahead >= 0 ? `in ${minutes(ahead)} min` : `${minutes(-ahead)} min ago`;
  const window = ahead >= 0 ? `${minutes(news.beforeMs)} min before` : `${minutes(news.afterMs)} min after`;
  return verdict('news_blackout', false, `${event.title} (${event.currency}, ${event.impact}) ${when}`, window);
}
