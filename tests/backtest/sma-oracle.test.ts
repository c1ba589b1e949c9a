/** The trades of the SMA cross are those of an independent slow implementation, one by one, on real and on made-up markets. */
import { describe, expect, test } from 'vitest';
import { SMA_RULES } from '../../bench/sma-rules.ts';
import { measureMarkets, runMeasured } from '../../src/backtest/run-backtest.ts';
import { ruleSource } from '../../src/backtest/signal-source.ts';
import { smaCrossProbabilities } from '../../src/backtest/sma-cross.ts';
import { paperBroker } from '../../src/broker/paper/paper-broker.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BarFeed, Predictor } from '../../src/domain/ports.ts';
import type { Trade } from '../../src/domain/position.ts';
import { money } from '../../src/domain/units.ts';
import { type SmaRules, type SmaTrade, smaCrossTrades } from '../oracle/sma-cross.ts';
import { plainLoop } from '../support/plain-loop.ts';
import { candlesFrom, hasHourlyFile, hourlyCandles, jumpyBars, policyOf, venueRulesOf } from './sma-market.ts';

describe('the slow twin against the stages in a plain loop, and against the backtest', () => {
  test.skipIf(!hasHourlyFile)('EURUSD by the hour, 2012 to 2020 (skipped without ../shared/data)', async () => {
    const bars = hourlyCandles();
    const expected = smaCrossTrades(bars, SMA_RULES);
    expect(bars.length).toBe(50_000);
    expect(expected.length).toBeGreaterThan(800);
    expect(await looped(bars, SMA_RULES)).toEqual(expected);
    expect(await backtested(bars, SMA_RULES)).toEqual(expected);
  });

  const cases: Readonly<Record<string, Partial<SmaRules>>> = {
    'as shipped': {},
    'filled at the close it was decided on': { latencyMs: 0 },
    'faster averages, nearer levels': { fastBars: 3, slowBars: 8, stopAtr: 1, targetAtr: 1.5 },
    'so little slippage allowed that gaps are requoted': { maxSlippage: 0.00002 },
    'costs that eat what is expected': { stopAtr: 0.5, targetAtr: 0.4, commissionPerLotMicros: 40e6 },
    'the better of stop and target where a bar holds both': { fillRule: 'optimistic', stopAtr: 0.7, targetAtr: 0.9 },
    'sized by margin': { riskPerTrade: 200, maxPositionMargin: 500 },
    'capped by the largest lot': { riskPerTrade: 50, maxPositionMargin: 10_000, leverage: 500 },
    'a day that begins at midnight in Tokyo': { session: { timezone: 'Asia/Tokyo', dayStartMinutes: 0 } },
  };
  test.each(Object.entries(cases))('a jumpy market: %s', async (name, change) => {
    const rules = { ...SMA_RULES, ...change };
    const bars = jumpyBars(name, 6_000);
    const expected = smaCrossTrades(bars, rules);
    expect(expected.length).toBeGreaterThan(25);
    expect(await looped(bars, rules)).toEqual(expected);
    expect(await backtested(bars, rules)).toEqual(expected);
  });

  test('made-up markets show both sides leaving by stop and by target, at the open and inside the bar', () => {
    const bars = jumpyBars('every exit', 20_000);
    const openings = new Map(
      bars.map(({ openAt, open, spread }) => [Number(openAt), { bid: open, ask: open + spread }]),
    );
    const exits = smaCrossTrades(bars, SMA_RULES).map(({ side, exitReason, closedAt, exitPrice }) => {
      const open = openings.get(closedAt)?.[side === 'buy' ? 'bid' : 'ask'] ?? Number.NaN;
      const isGap = Math.abs(exitPrice - open) === (exitReason === 'stop_loss' ? SMA_RULES.slippageTicks : 0);
      return `${side} ${exitReason} ${isGap ? 'open' : 'inside'}`;
    });
    expect([...new Set(exits)].length).toBe(8);
  });

  test.each<Partial<SmaRules>>([
    { slippageTicks: 3 },
    { fillRule: 'optimistic' },
    { latencyMs: 0 },
    { maxSlippage: 0.00001 },
    { maxSpreadTicks: 50 },
    { minExpectedValueR: 0.85 },
    { commissionPerLotMicros: 8e6 },
    { riskPerTrade: 2 },
    { atrBars: 15 },
    { session: { timezone: 'UTC', dayStartMinutes: 0 } },
  ])('no rule is idle on them: %o changes the trades', (change) => {
    const bars = jumpyBars('every exit', 20_000);
    expect(smaCrossTrades(bars, { ...SMA_RULES, ...change })).not.toEqual(smaCrossTrades(bars, SMA_RULES));
  });
});

/** The trades of the plain loop, told in the twin's words. */
async function looped(bars: readonly Bar[], rules: SmaRules): Promise<SmaTrade[]> {
  const store = { load: () => undefined, save: () => undefined };
  const broker = paperBroker({ rules: venueRulesOf(rules), opening: money(rules.balanceMicros), store });
  const shown = { place: rules.decideFrom - 1 };
  const { events, state } = await plainLoop(
    policyOf(rules),
    feedOf(bars, rules, shown),
    broker,
    crossing(bars, rules, shown),
  );
  expect(state.causes).toMatchObject({ closeOnly: {}, reduced: {} });
  expect(state.causes.halted).toBeUndefined();
  return events.flatMap((event) =>
    event.kind === 'fill_applied' && event.trade !== undefined ? [inTwinsWords(event.trade)] : [],
  );
}

async function backtested(bars: readonly Bar[], rules: SmaRules): Promise<SmaTrade[]> {
  const { fillRule, ...venue } = venueRulesOf(rules);
  const measured = await measureMarkets({
    policy: policyOf(rules),
    rules: venue,
    opening: money(rules.balanceMicros),
    markets: [{ candles: candlesFrom(bars), source: ruleSource(`sma_cross:${rules.fastBars}/${rules.slowBars}`) }],
    warmupBars: rules.decideFrom,
  });
  return runMeasured(measured, fillRule).trades.map(inTwinsWords);
}

const inTwinsWords = (trade: Trade): SmaTrade => ({
  side: trade.side,
  quantity: trade.quantity,
  entryPrice: trade.entryPrice,
  exitPrice: trade.exitPrice ?? Number.NaN,
  openedAt: trade.openedAt,
  closedAt: trade.closedAt,
  exitReason: trade.exitReason as SmaTrade['exitReason'],
  profitMicros: trade.profit,
});

/** The place of the bar that was shown last: what the model is asked about is that bar. */
interface Shown {
  place: number;
}

function feedOf(bars: readonly Bar[], { decideFrom }: SmaRules, shown: Shown): BarFeed {
  return {
    description: 'recorded bars',
    simulated: true,
    history: () => bars.slice(0, decideFrom),
    due: (after) => {
      if (after !== undefined && bars[shown.place]?.closeAt === after) shown.place += 1;
      if (after === undefined) shown.place = decideFrom;
      const bar = bars[shown.place];
      return bar === undefined ? { kind: 'ended' } : { kind: 'bars', bars: [bar] };
    },
    close: () => undefined,
  };
}

function crossing(bars: readonly Bar[], rules: SmaRules, shown: Shown): Predictor {
  const closes = Int32Array.from(bars, ({ close }) => close);
  const said = smaCrossProbabilities(closes, bars.length, rules);
  return {
    predict: async () => {
      const [down = 0, flat = 0, up = 0] = said.subarray(3 * shown.place, 3 * shown.place + 3);
      return [{ kind: 'prediction', model: 'sma_cross', probabilities: { down, flat, up } }];
    },
    close: async () => undefined,
  };
}
