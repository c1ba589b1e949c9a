/** What the SMA cross is compared on: seeded markets that jump and widen their spread, real candles where they are at hand, and the rules of both sides. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SMA_RULES, SMA_SPREAD_POINTS } from '../../bench/sma-rules.ts';
import type { SymbolRules, VenueRules } from '../../src/broker/paper/rules.ts';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import { makeInstrument, ticksFromPoints } from '../../src/domain/instruments.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { money, price } from '../../src/domain/units.ts';
import { readCandleFile } from '../../src/market/candle-file.ts';
import { type Candles, candlesOf } from '../../src/market/candles.ts';
import { ANY_MARKET, ANY_PACE, ANY_TIME, BY_RISK, EVERY_REGIME, NOTHING_EXTREME, UNBOUND } from '../domain/builders.ts';
import { randomBars } from '../domain/random-bars.ts';
import type { SmaRules } from '../oracle/sma-cross.ts';

const HOURLY_FILE = join(import.meta.dirname, '../../../shared/data/EURUSD_H1_2012-2020.csv');
export const hasHourlyFile = existsSync(HOURLY_FILE);

export function hourlyCandles(): Bar[] {
  const instrument = makeInstrument(SMA_RULES.spec);
  const options = { path: HOURLY_FILE, instrument, timeframe: 'H1', defaultSpreadPoints: SMA_SPREAD_POINTS } as const;
  const candles = readCandleFile(options);
  return Array.from({ length: candles.length }, (_, i) => candles.barAt(i));
}

/** The same bars as columns. */
export function candlesFrom(bars: readonly Bar[]): Candles {
  const column = (name: 'open' | 'high' | 'low' | 'close' | 'spread') => Int32Array.from(bars, (bar) => bar[name]);
  const columns = {
    openAt: Float64Array.from(bars, ({ openAt }) => openAt),
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    spread: column('spread'),
    volume: Float64Array.from(bars, ({ volume }) => volume),
  };
  return candlesOf(SMA_RULES.spec.symbol, 'H1', columns, bars.length);
}

/** A walk with weekends in which one bar in fifty opens far from the close before it and one in forty is dear to trade. */
export function jumpyBars(seed: string, count: number): Bar[] {
  const random = seededRandom(`jumps ${seed}`);
  let shift = 0;
  return randomBars({ count, seed, timeframeMs: SMA_RULES.timeframeMs, change: 60 }).map((bar) => {
    if (random.next() < 0.02) shift += Math.round(random.normal() * 150);
    const moved = (ticks: number) => price(ticks + shift);
    const spread = price(random.next() < 0.025 ? 45 : 6 + Math.floor(random.next() * 8));
    const { open, high, low, close } = bar;
    return { ...bar, open: moved(open), high: moved(high), low: moved(low), close: moved(close), spread };
  });
}

/** The same rules as the servo knows them. Loss limits are out of reach, and nothing but stop and target closes. */
export function policyOf(rules: SmaRules): TradingPolicy {
  const instrument = makeInstrument(rules.spec);
  return {
    symbols: new Map([
      [
        instrument.symbol,
        {
          instrument,
          conversion: { kind: 'same' },
          maxSpread: price(rules.maxSpreadTicks),
          slippage: price(rules.slippageTicks),
          hours: BUILT_IN_HOURS.crypto,
        },
      ],
    ]),
    timeframeMs: rules.timeframeMs,
    currency: rules.spec.quoteCurrency,
    leverage: rules.leverage,
    commissionPerLot: money(rules.commissionPerLotMicros),
    signal: { stopAtrMultiple: rules.stopAtr, targetAtrMultiple: rules.targetAtr },
    atrPeriod: rules.atrBars,
    entryWindows: ANY_TIME,
    filters: ANY_MARKET,
    limits: {
      riskPerTrade: rules.riskPerTrade / 10_000,
      maxPositionMargin: rules.maxPositionMargin / 10_000,
      maxPositions: 1,
      maxDailyTrades: 1_000_000,
      maxLoss: { day: 1, week: 1, month: 1 },
      maxDrawdown: 1,
      onLimit: 'close_only',
      extreme: NOTHING_EXTREME,
      minConfidence: 0.6,
      minExpectedValueR: rules.minExpectedValueR,
    },
    riskLevel: null,
    mandate: null,
    stress: [],
    sizing: BY_RISK,
    exposure: UNBOUND,
    pace: ANY_PACE,
    regimes: EVERY_REGIME,
    order: { type: 'market', retryAttempts: 3, maxSlippage: rules.maxSlippage },
    position: { partialClose: false, minCloseSize: 0.1, trailingStop: false, trailingStep: 0.0001 },
    session: rules.session,
    dryRun: false,
  };
}

export function venueRulesOf(rules: SmaRules): VenueRules {
  const policy = policyOf(rules);
  const symbols = [...policy.symbols].map(([symbol, { instrument, conversion }]): [string, SymbolRules] => [
    symbol,
    { instrument, conversion, spread: 'feed', slippage: ticksFromPoints(instrument, rules.slippageTicks) },
  ]);
  return {
    symbols: new Map(symbols),
    currency: policy.currency,
    leverage: rules.leverage,
    commissionPerLot: policy.commissionPerLot,
    latencyMs: rules.latencyMs,
    slippageDistribution: 'fixed',
    fillRule: rules.fillRule,
    rejectionProbability: 0,
    partialFillProbability: 0,
    seed: 1,
    session: rules.session,
    timeframeMs: rules.timeframeMs,
  };
}
