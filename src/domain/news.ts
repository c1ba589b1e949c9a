/** The economic calendar: what is released when, for which currency, and whether a moment is near it. */
import type { Instrument } from './instrument.ts';
import type { UnixMs } from './units.ts';

export const IMPACTS = ['low', 'medium', 'high'] as const;
export type Impact = (typeof IMPACTS)[number];

/** Of every currency, such as a meeting of central banks. */
export const ALL_CURRENCIES = 'ALL';

export interface NewsEvent {
  readonly at: UnixMs;
  /** ISO 4217, or `ALL`. */
  readonly currency: string;
  readonly impact: Impact;
  readonly title: string;
}

/** Times around an event. */
export interface NewsWindow {
  readonly beforeMs: number;
  readonly afterMs: number;
}

export interface NewsPolicy extends NewsWindow {
  /** Of the impacts that count, in order of time. */
  readonly events: readonly NewsEvent[];
  /** The calendar says nothing of the time before and from then on. */
  readonly knownFrom: UnixMs;
  readonly knownTo: UnixMs;
  /** What an unknown time is taken for. */
  readonly whenUnknown: 'refuse' | 'allow';
}

/** The event for an instrument that is nearer than the window on its side, the earliest where there are several. */
export function newsNear(
  news: NewsPolicy,
  instrument: Instrument,
  at: UnixMs,
  { beforeMs, afterMs }: NewsWindow = news,
): NewsEvent | undefined {
  let nearest: NewsEvent | undefined;
  for (const currency of [instrument.baseCurrency, instrument.quoteCurrency, ALL_CURRENCIES]) {
    const event = firstFrom(eventsOf(news, currency), afterMs > 0 ? at - afterMs + 1 : at);
    if (event === undefined || (event.at > at && !(event.at - at < beforeMs))) continue;
    if (event.at === at && beforeMs === 0 && afterMs === 0) continue;
    if (nearest === undefined || event.at < nearest.at) nearest = event;
  }
  return nearest;
}

export const isNewsKnown = ({ knownFrom, knownTo }: NewsPolicy, at: UnixMs): boolean => at >= knownFrom && at < knownTo;

/** A policy's events do not change, and every signal asks. */
const byCurrency = new WeakMap<NewsPolicy, ReadonlyMap<string, readonly NewsEvent[]>>();
const NONE: readonly NewsEvent[] = [];

function eventsOf(news: NewsPolicy, currency: string): readonly NewsEvent[] {
  let known = byCurrency.get(news);
  if (known === undefined) {
    known = Map.groupBy(news.events, (event) => event.currency);
    byCurrency.set(news, known);
  }
  return known.get(currency) ?? NONE;
}

function firstFrom(events: readonly NewsEvent[], from: number): NewsEvent | undefined {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle] as NewsEvent).at < from) low = middle + 1;
    else high = middle;
  }
  return events[low];
}
