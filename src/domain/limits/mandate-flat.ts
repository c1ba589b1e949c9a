/** Times at which a mandate wants nothing open: before the market's long close, and around news of the symbol's currencies. */
import type { Emit } from '../events.ts';
import { msToLongClose, sessionAt } from '../hours/market-hours.ts';
import { clearOut } from '../management/flatten.ts';
import { newsNear } from '../news.ts';
import { symbolPolicy, type TradingPolicy } from '../policy.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';

export interface FlatTime {
  readonly reason: 'mandate_weekend' | 'mandate_news';
  /** What is near. */
  readonly because: string;
  /** How near it may come. */
  readonly window: string;
}

const minutes = (ms: number): number => Math.floor(ms / 60_000);

/** Undefined where positions may stand. What cannot wait for the next bar's close is done at this one. */
export function mandateFlat(policy: TradingPolicy, symbol: string, at: UnixMs): FlatTime | undefined {
  const { mandate, timeframeMs, news } = policy;
  if (mandate?.flat === undefined) return undefined;
  const { beforeWeekendMs, beforeNewsMs, afterNewsMs } = mandate.flat;
  const { hours, instrument } = symbolPolicy(policy, symbol);
  // A window of 0 is none: nothing is nearer.
  const ahead = (ms: number) => (ms > 0 ? ms + timeframeMs : 0);
  const toClose = msToLongClose(hours, at);
  // Written so that a time that is no number is flat.
  if (!(toClose >= ahead(beforeWeekendMs))) {
    return {
      reason: 'mandate_weekend',
      because: `long close in ${minutes(toClose)} min`,
      window: `flat ${minutes(beforeWeekendMs)} min before`,
    };
  }
  const event = news && newsNear(news, instrument, at, { beforeMs: ahead(beforeNewsMs), afterMs: afterNewsMs });
  if (event === undefined) return undefined;
  const away = event.at - at;
  return {
    reason: 'mandate_news',
    because: `${event.title} (${event.currency}) ${away >= 0 ? `in ${minutes(away)} min` : `${minutes(-away)} min ago`}`,
    window: `flat ${minutes(beforeNewsMs)} min before, ${minutes(afterNewsMs)} min after`,
  };
}

/** Closes what the mandate does not want open now, and cancels entries that could fill meanwhile. `again`: also what was refused within this step. */
export function keepMandateFlat(state: ServoState, at: UnixMs, emit: Emit, again = false): void {
  const { policy } = state;
  if (policy.mandate?.flat === undefined) return;
  clearOut(state, (symbol) => mandateFlat(policy, symbol, at)?.reason, at, emit, again);
}

/** Whether a refused exit is worth another try before the next bar: a market that its hours call closed takes none. */
export const owesMandateFlat = ({ policy, positions }: ServoState, at: UnixMs): boolean =>
  policy.mandate?.flat !== undefined &&
  [...positions.values()].some(
    ({ symbol }) =>
      mandateFlat(policy, symbol, at) !== undefined && sessionAt(symbolPolicy(policy, symbol).hours, at) !== undefined,
  );
