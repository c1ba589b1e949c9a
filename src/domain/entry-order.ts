/** Which order opens a position: where it enters, how long it works, and what becomes of a part that does not fill. */
import { tradingDayEnd } from './calendar.ts';
import { deviationTicks } from './instrument.ts';
import { direction, type OpenIntent, type Side } from './order.ts';
import { symbolPolicy } from './policy.ts';
import type { Signal } from './signal.ts';
import { marketOf, type ServoState } from './state.ts';
import { type Price, price, type UnixMs, unixMs } from './units.ts';

/** The last moment there is: good till cancelled. */
const FOR_EVER: UnixMs = unixMs(8_640_000_000_000_000);

/**
 * A market or limit order enters at the signal's ask or bid. A stop entry waits beyond the signal's bar: above its high as the ask was
 * there, or below its low, by `stop_offset`; and never nearer to the market than the broker allows.
 */
export function entryPriceOf(state: ServoState, { symbol, bid, ask }: Signal, side: Side): Price {
  const { order } = state.policy;
  const now = side === 'buy' ? ask : bid;
  if (order.type === 'market' || order.type === 'limit') return now;
  const { lastBar } = marketOf(state, symbol);
  const { instrument } = symbolPolicy(state.policy, symbol);
  const sign = direction(side);
  const nearest = now + sign * Math.max(1, instrument.stopDistanceMin);
  if (lastBar === undefined) return price(nearest);
  const edge = side === 'buy' ? lastBar.high + lastBar.spread : lastBar.low;
  const trigger = edge + sign * deviationTicks(price(edge), order.stopOffset ?? 0);
  return price(side === 'buy' ? Math.max(trigger, nearest) : Math.min(trigger, nearest));
}

type Life = Pick<OpenIntent, 'expiresAt' | 'sendBy' | 'timeInForce' | 'filling' | 'regime'>;

/** A market order, and by default every other, ends with the bar after its signal's; it leaves before that or not at all. */
export function lifeOf({ policy }: ServoState, signal: Signal, now: UnixMs): Life {
  const { type, timeInForce = 'bar', goodForMs = 0, filling = 'ioc' } = policy.order;
  const fills = filling === 'ioc' ? {} : { filling };
  if (type === 'market' || timeInForce === 'bar') return { expiresAt: signal.expiresAt, ...fills };
  const { timezone, dayStartMinutes } = policy.session;
  const ends = {
    day: () => tradingDayEnd(timezone, dayStartMinutes, now),
    gtd: () => unixMs(now + goodForMs),
    gtc: () => FOR_EVER,
  };
  return { expiresAt: ends[timeInForce](), sendBy: signal.expiresAt, timeInForce, regime: signal.regime, ...fills };
}
