/** A result small enough to be worked out by hand: one symbol, six trading days, four trades from 1,000 to 1,050. */
import type { BacktestResult, BacktestTrade } from '../../src/backtest/result.ts';
import { money, moneyFromUnits, price, quantity, unixMs } from '../../src/domain/units.ts';

const usd = moneyFromUnits;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday. */
export const MONDAY = Date.UTC(2024, 0, 29);

/** Closed on its day at noon after three hours. */
export function trade(day: number, profit: number, change: Partial<BacktestTrade> = {}): BacktestTrade {
  const closedAt = MONDAY + day * DAY + 12 * HOUR;
  return {
    positionId: `p${day}`,
    decisionId: `d${day}`,
    symbol: 'EURUSD',
    side: 'buy',
    quantity: quantity(20),
    entryPrice: price(110_000),
    exitPrice: price(110_050),
    openedAt: unixMs(closedAt - 3 * HOUR),
    closedAt: unixMs(closedAt),
    exitReason: profit > 0 ? 'take_profit' : 'stop_loss',
    regime: 'range',
    profit: usd(profit),
    commission: usd(-1),
    swap: money(0),
    initialRisk: usd(20),
    worst: usd(Math.min(profit, -5)),
    best: usd(Math.max(profit, 5)),
    confidence: 0.6,
    expectedValueR: 0.1,
    slippageTicks: 1,
    spreadTicks: 8,
    stopTicks: 100,
    adverseExcursion: usd(Math.min(profit, -6)),
    favourableExcursion: usd(Math.max(profit, 7)),
    ...change,
  };
}

/** Equity at the ends of the days: 1040, 1040, 988, 988, 1034, 1050 (February begins with the fourth). */
const EQUITY = [1_040, 1_040, 988, 988, 1_034, 1_050];
/** Monday to Friday, then Monday. */
const DAYS = [0, 1, 2, 3, 4, 7];

export function smallResult(change: Partial<BacktestResult> = {}): BacktestResult {
  const ends = DAYS.map((day) => MONDAY + (day + 1) * DAY);
  const trades = [trade(0, 40), trade(2, -52), trade(4, 46), trade(7, 16)];
  return {
    assumptions: {
      symbols: ['EURUSD'],
      timeframe: 'H1',
      signalSource: 'model small@ab12cd',
      models: [
        {
          name: 'small',
          sha256: 'a'.repeat(64),
          training: { from: unixMs(MONDAY - 400 * DAY), to: unixMs(MONDAY - DAY), simulated: false },
        },
      ],
      data: [{ symbol: 'EURUSD', file: 'EURUSD_H1.csv', sha256: 'b'.repeat(64), bars: 144 }],
      from: unixMs(MONDAY),
      to: unixMs(MONDAY + 8 * DAY),
      balance: usd(1_000),
      currency: 'USD',
      leverage: 30,
      drawdownLimit: 0.2,
      spread: '8 points',
      commissionPerLot: usd(5),
      slippage: '1 point',
      latencyMs: 0,
      fillRule: 'pessimistic',
      seed: '7',
      configHash: 'c'.repeat(64),
      timezone: 'UTC',
      version: '0.1.0',
    },
    bars: 144,
    barsInPosition: 12,
    trades,
    partCloses: [],
    days: ends.map((at, i) => ({ at: unixMs(at), equity: usd(EQUITY[i]!), lowest: usd(EQUITY[i]!) })),
    curve: {
      at: Float64Array.from([MONDAY, ends[0]!, MONDAY + 2 * DAY + 6 * HOUR, ends[2]!, ends[4]!, ends[5]!]),
      equity: Float64Array.from([1_000, 1_040, 936, 988, 1_034, 1_050].map((units) => usd(units))),
    },
    decisions: [],
    flatSignals: 130,
    costs: { commission: usd(-4), swap: usd(-1), spread: usd(-6), slippage: usd(-2) },
    buyAndHold: [{ symbol: 'EURUSD', from: price(110_000), to: price(111_100), returned: 0.01 }],
    records: [],
    finalBalance: usd(1_050),
    finalEquity: usd(1_050),
    openPositions: 0,
    stateHash: 'd'.repeat(64),
    ambiguousBars: 0,
    ...change,
  };
}

export const withAssumptions = (change: Partial<BacktestResult['assumptions']>): BacktestResult => {
  const result = smallResult();
  return { ...result, assumptions: { ...result.assumptions, ...change } };
};
