/** A result to report on: random walks of several symbols over a year, traded at random with stops, targets and costs. */
import type {
  BacktestResult,
  BacktestTrade,
  DayMark,
  DecisionRecord,
  SymbolRecord,
} from '../../src/backtest/result.ts';
import type { DENIAL_REASONS } from '../../src/domain/decision.ts';
import { type Random, seededRandom } from '../../src/domain/random.ts';
import { REGIMES } from '../../src/domain/regime.ts';
import { money, moneyFromUnits, price, quantity, unixMs } from '../../src/domain/units.ts';

const BAR_MS = 900_000;
const DAY_MS = 86_400_000;
export const FROM = Date.UTC(2023, 0, 2);
const BALANCE = 10_000;
const STOP_TICKS = 150;
const TARGET_TICKS = 220;
const SPREAD_TICKS = 8;
const COMMISSION = 0.7;
/** Of a tenth of a lot. */
const TICK_VALUE = 0.1;

export interface WalkOptions {
  readonly symbols?: readonly string[];
  readonly days?: number;
  readonly seed?: string;
  /** Chance of an entry at a bar without a position. */
  readonly entries?: number;
}

export function walkResult(options: WalkOptions = {}): BacktestResult {
  const { symbols = ['EURUSD', 'GBPUSD', 'USDCHF'], days = 371, seed = 'walk', entries = 0.004 } = options;
  const closes = barCloses(days);
  const random = seededRandom(seed);
  const records = symbols.map((symbol, place) => walk(symbol, 110_000 + 20_000 * place, closes, random));
  const decisions: DecisionRecord[] = [];
  const traded = records.map((record) => tradesOf(record, random, entries, decisions));
  const trades = traded.flatMap((found) => found.trades).toSorted((a, b) => a.closedAt - b.closedAt);
  const equity = equityOf(closes, records, trades);
  const final = money(equity.at(-1)!.equity);
  const lots = trades.length;
  return {
    assumptions: {
      symbols,
      timeframe: 'M15',
      signalSource: 'model walk@ab12cd',
      models: [
        {
          name: 'walk',
          sha256: 'ab12cd'.padEnd(64, '0'),
          training: { from: unixMs(FROM - 800 * DAY_MS), to: unixMs(FROM - DAY_MS), simulated: false },
        },
      ],
      data: records.map(({ symbol, close }) => ({
        symbol,
        file: `${symbol}_M15.csv`,
        sha256: symbol.toLowerCase().padEnd(64, '1'),
        bars: close.length,
      })),
      from: unixMs(FROM),
      to: unixMs(closes.at(-1)!),
      balance: moneyFromUnits(BALANCE),
      currency: 'USD',
      leverage: 30,
      drawdownLimit: 0.2,
      spread: `${SPREAD_TICKS} points`,
      commissionPerLot: moneyFromUnits(7),
      slippage: 'normal, 1 point',
      latencyMs: 50,
      fillRule: 'pessimistic',
      seed,
      configHash: 'c0ffee'.padEnd(64, '2'),
      timezone: 'America/New_York',
      version: '0.1.0',
    },
    bars: closes.length * symbols.length,
    barsInPosition: traded.reduce((sum, { bars }) => sum + bars, 0),
    trades,
    partCloses: [],
    days: dayMarks(equity),
    curve: {
      at: Float64Array.from([FROM, ...equity.map(({ at }) => at)]),
      equity: Float64Array.from([moneyFromUnits(BALANCE), ...equity.map((point) => point.equity)]),
    },
    decisions: decisions.toSorted((a, b) => a.barClosedAt - b.barClosedAt),
    flatSignals: closes.length * symbols.length - decisions.length,
    costs: {
      commission: moneyFromUnits(-COMMISSION * lots),
      swap: moneyFromUnits(-0.12 * lots),
      spread: moneyFromUnits(-SPREAD_TICKS * TICK_VALUE * lots),
      slippage: moneyFromUnits(-TICK_VALUE * lots),
    },
    buyAndHold: records.map(({ symbol, close }) => ({
      symbol,
      from: price(close[0]!),
      to: price(close.at(-1)!),
      returned: close.at(-1)! / close[0]! - 1,
    })),
    records,
    finalBalance: final,
    finalEquity: final,
    openPositions: 0,
    stateHash: 'feed'.padEnd(64, '3'),
    ambiguousBars: Math.round(lots / 30),
  };
}

/** Monday to Friday, as FX trades. */
function barCloses(days: number): number[] {
  const closes: number[] = [];
  for (let at = FROM + BAR_MS; at <= FROM + days * DAY_MS; at += BAR_MS) {
    const weekday = new Date(at - 1).getUTCDay();
    if (weekday >= 1 && weekday <= 5) closes.push(at);
  }
  return closes;
}

function walk(symbol: string, start: number, closes: readonly number[], random: Random): SymbolRecord {
  const size = closes.length;
  const [open, high, low, close] = [0, 1, 2, 3].map(() => new Int32Array(size)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const probabilities = new Float32Array(3 * size);
  let now = start;
  for (let i = 0; i < size; i++) {
    open[i] = now;
    now += Math.round(22 * random.normal());
    close[i] = now;
    high[i] = Math.max(open[i]!, now) + Math.floor(15 * random.next());
    low[i] = Math.min(open[i]!, now) - Math.floor(15 * random.next());
    const up = 0.3 + 0.06 * random.normal();
    probabilities.set([0.6 - up, 0.4, up], 3 * i);
  }
  return {
    symbol,
    digits: 5,
    ticksPerUnit: 100_000,
    lotsPerStep: 0.01,
    closeAt: Float64Array.from(closes),
    open,
    high,
    low,
    close,
    probabilities,
    regimes: new Uint8Array(size).map((_, i) => Math.floor(i / 300) % REGIMES.length),
  };
}

const REFUSALS = [
  'confidence_minimum',
  'confidence_minimum',
  'confidence_minimum',
  'spread_limit',
  'expected_value_minimum',
] as const satisfies readonly (typeof DENIAL_REASONS)[number][];

function tradesOf(record: SymbolRecord, random: Random, entries: number, decisions: DecisionRecord[]) {
  const trades: BacktestTrade[] = [];
  let bars = 0;
  for (let i = 0; i < record.close.length - 1; i++) {
    const draw = random.next();
    if (draw > 3 * entries) continue;
    const side = random.next() < 0.5 ? 'buy' : 'sell';
    const confidence = 0.55 + 0.2 * random.next();
    const regime = REGIMES[record.regimes[i]!]!;
    const decision = {
      symbol: record.symbol,
      barClosedAt: unixMs(record.closeAt[i]!),
      side,
      confidence,
      regime,
    } as const;
    const expectedValueR = 0.1 * random.next();
    if (draw > entries) {
      const outcome = REFUSALS[Math.floor(random.next() * REFUSALS.length)]!;
      decisions.push({ ...decision, expectedValueR, outcome });
      continue;
    }
    decisions.push({ ...decision, expectedValueR, outcome: 'approved' });
    const trade = held(record, i, { ...decision, expectedValueR });
    bars += trade.bars;
    trades.push(trade.trade);
    i += trade.bars;
  }
  return { trades, bars };
}

type Opening = Omit<DecisionRecord, 'outcome'>;

function held(record: SymbolRecord, entryBar: number, opening: Opening): { trade: BacktestTrade; bars: number } {
  const sign = opening.side === 'buy' ? 1 : -1;
  const entry = record.close[entryBar]! + (sign * SPREAD_TICKS) / 2;
  let [worst, best, exit, exitBar] = [0, 0, record.close.at(-1)!, record.close.length - 1];
  let exitReason: BacktestTrade['exitReason'] = 'flatten';
  // Some are left early, so that not all end on a stop or a target.
  const timeout = entryBar + 20 + (entryBar % 90);
  for (let i = entryBar + 1; i < record.close.length; i++) {
    const [adverse, favourable] = sign === 1 ? [record.low[i]!, record.high[i]!] : [record.high[i]!, record.low[i]!];
    worst = Math.min(worst, sign * (adverse - entry));
    best = Math.max(best, sign * (favourable - entry));
    if (worst <= -STOP_TICKS) [exit, exitReason] = [entry - sign * STOP_TICKS, 'stop_loss'];
    else if (best >= TARGET_TICKS) [exit, exitReason] = [entry + sign * TARGET_TICKS, 'take_profit'];
    else if (i === timeout) [exit, exitReason] = [record.close[i]!, 'trailing_stop'];
    if (exitReason === 'flatten') continue;
    exitBar = i;
    break;
  }
  const amount = (ticks: number) => moneyFromUnits(ticks * TICK_VALUE);
  const trade: BacktestTrade = {
    ...opening,
    positionId: `${record.symbol}-${entryBar}`,
    decisionId: `${record.symbol}:${record.closeAt[entryBar]}`,
    quantity: quantity(10),
    entryPrice: price(entry),
    exitPrice: price(exit),
    openedAt: opening.barClosedAt,
    closedAt: unixMs(record.closeAt[exitBar]!),
    exitReason,
    profit: money(amount(sign * (exit - entry)) - moneyFromUnits(COMMISSION)),
    commission: moneyFromUnits(-COMMISSION),
    swap: money(0),
    initialRisk: moneyFromUnits(STOP_TICKS * TICK_VALUE),
    worst: amount(worst),
    best: amount(best),
    slippageTicks: 1,
    spreadTicks: SPREAD_TICKS,
    stopTicks: STOP_TICKS,
    adverseExcursion: amount(Math.max(worst, -STOP_TICKS)),
    favourableExcursion: amount(Math.min(best, TARGET_TICKS)),
  };
  return { trade, bars: exitBar - entryBar };
}

interface EquityPoint {
  readonly at: number;
  readonly equity: number;
}

/** Balance after the trades closed by then, and floating profit of those open. */
function equityOf(
  closes: readonly number[],
  records: readonly SymbolRecord[],
  trades: readonly BacktestTrade[],
): EquityPoint[] {
  const equity = new Float64Array(closes.length).fill(moneyFromUnits(BALANCE));
  const place = new Map(closes.map((at, i) => [at, i]));
  for (const trade of trades) {
    const record = records.find(({ symbol }) => symbol === trade.symbol)!;
    const sign = trade.side === 'buy' ? 1 : -1;
    const end = place.get(trade.closedAt)!;
    for (let i = place.get(trade.openedAt)! + 1; i < end; i++) {
      equity[i] = equity[i]! + moneyFromUnits(sign * (record.close[i]! - trade.entryPrice) * TICK_VALUE);
    }
    for (let i = end; i < closes.length; i++) equity[i] = equity[i]! + trade.profit;
  }
  return closes.map((at, i) => ({ at, equity: equity[i]! }));
}

function dayMarks(points: readonly EquityPoint[]): DayMark[] {
  const days = Map.groupBy(points, ({ at }) => Math.floor((at - 1) / DAY_MS));
  return [...days.values()].map((day) => ({
    at: unixMs(day.at(-1)!.at),
    equity: money(day.at(-1)!.equity),
    lowest: money(Math.min(...day.map(({ equity }) => equity))),
  }));
}
