/** The gate's questions about the market: is now a time to enter it, and at what price? Market time alone decides, so a backtest asks the same. */
import { formatUtc, tradingDayEnd, tradingPeriods } from '../calendar.ts';
import type { Verdict } from '../decision.ts';
import { LONG_CLOSE_MS, msToClose, nextOpening, sessionAt } from '../hours/market-hours.ts';
import { isNewsKnown, newsNear } from '../news.ts';
import { symbolPolicy, type TradingPolicy } from '../policy.ts';
import { marketOf, type ServoState } from '../state.ts';
import { type Price, type UnixMs, unixMs } from '../units.ts';
import { lowVolume, outsideVolatility, unusualSpread } from './usual-checks.ts';
import { verdict } from './verdict.ts';

interface Spread {
  readonly bid: Price;
  readonly ask: Price;
}

/** Asked for the signal, and once more in the transaction that sends; `quote` is left out where nothing was quoted yet. */
export function marketVerdicts(state: ServoState, symbol: string, now: UnixMs, quote: Spread | undefined): Verdict[] {
  const { policy } = state;
  const { engine, lastBar } = marketOf(state, symbol);
  const verdicts = [
    staleVerdict(state, symbol, now),
    sessionVerdict(policy, symbol, now),
    rolloverVerdict(policy, now),
    newsVerdict(policy, symbol, now),
  ];
  if (quote === undefined) return verdicts;
  const spread = quote.ask - quote.bid;
  const { maxSpread } = symbolPolicy(policy, symbol);
  verdicts.push(
    verdict('spread_limit', spread <= maxSpread, spread, maxSpread),
    unusualSpread(policy.filters, spread, lastBar && engine.record?.usualSpread(lastBar.openAt)),
    outsideVolatility(policy.filters, engine.record?.atrPercentile),
    lowVolume(policy.filters, lastBar?.volume, lastBar && engine.record?.usualVolume(lastBar.openAt)),
  );
  return verdicts;
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

/** Bars that are missing: in the look-back, up to now, or of the symbol whose price converts this one's money. */
function staleVerdict(state: ServoState, symbol: string, now: UnixMs): Verdict {
  const { maxGapBars, gapLookbackBars } = state.policy.filters;
  const stale = (value: string) => verdict('market_stale', false, value, `${maxGapBars} bars`);
  const { record } = marketOf(state, symbol).engine;
  const gap = record?.gap;
  if (gap !== undefined && gap.barsSince <= gapLookbackBars) {
    return stale(`${gap.missing} bars missing ${gap.barsSince} bars ago`);
  }
  const { conversion } = symbolPolicy(state.policy, symbol);
  for (const priced of conversion.kind === 'same' ? [symbol] : [symbol, conversion.symbol]) {
    const { engine, lastBar } = marketOf(state, priced);
    // Before the first bar the conversion is missing, which has a check of its own.
    if (lastBar === undefined || engine.record === undefined) continue;
    const missing = engine.record.missingBars(lastBar.closeAt, now);
    if (!(missing <= maxGapBars)) return stale(`no bar of ${priced} for ${missing} bars`);
  }
  return verdict('market_stale', true, 'up to date', 'up to date');
}
