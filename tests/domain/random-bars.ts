/** Seeded bars that look like a market's: calm and wild stretches, drift, small gaps, and weekends without trading. */
import type { Instrument } from '../../src/domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import type { Bar } from '../../src/domain/market.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { price, unixMs } from '../../src/domain/units.ts';

export function instrumentOf(symbol: string): Instrument {
  const spec = INSTRUMENTS[symbol];
  if (spec === undefined) throw new Error(`no built-in instrument ${symbol}`);
  return makeInstrument(spec);
}

export const EURUSD = instrumentOf('EURUSD');
export const M5 = 300_000;

interface Wanted {
  readonly count: number;
  readonly seed: number | string;
  readonly instrument?: Instrument;
  readonly timeframeMs?: number;
  readonly startPrice?: number;
  /** Typical change of a bar in ticks. */
  readonly change?: number;
  readonly volume?: 'some' | 'none';
  readonly startAt?: number;
}

export function randomBars(wanted: Wanted): Bar[] {
  const { count, seed, instrument = EURUSD, timeframeMs = M5, startPrice = 110_000, change = 20 } = wanted;
  const random = seededRandom(seed);
  const bars: Bar[] = [];
  // A Monday in March 2024: the weeks of tests run through the change of New York's clocks and of Europe's.
  let openAt = wanted.startAt ?? 1_709_510_400_000;
  let close = startPrice;
  for (let i = 0; i < count; i++, openAt += timeframeMs) {
    if (instrument.assetClass !== 'crypto') while (isWeekend(openAt)) openAt += timeframeMs;
    const scale = change * (1 + 0.8 * Math.sin(i / 90)) * (random.next() < 0.01 ? 4 : 1);
    const drift = 0.3 * Math.sin(i / 140);
    const open = close + Math.round(random.normal() * 0.1 * scale);
    close = open + Math.round((random.normal() + drift) * scale);
    bars.push({
      symbol: instrument.symbol,
      openAt: unixMs(openAt),
      closeAt: unixMs(openAt + timeframeMs),
      open: price(open),
      high: price(Math.max(open, close) + Math.round(random.next() * scale)),
      low: price(Math.min(open, close) - Math.round(random.next() * scale)),
      close: price(close),
      spread: price(8),
      volume: wanted.volume === 'none' ? 0 : Math.round(200 * (1 + random.next() * 3) * (scale / change)),
    });
  }
  return bars;
}

/** Friday 22:00 to Sunday 22:00 UTC. */
function isWeekend(at: number): boolean {
  const hourOfWeek = (at / 3_600_000 + 4 * 24) % (7 * 24);
  return hourOfWeek >= 5 * 24 + 22 || hourOfWeek < 22;
}
