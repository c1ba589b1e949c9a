/** The market of a seed: three symbols that walk at random, now and then jump, and rest at the weekend. */
import type { Bar } from '../../src/domain/market.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import { price, unixMs } from '../../src/domain/units.ts';
import type { Chance } from './chance.ts';

const FIRST: Readonly<Record<string, number>> = { EURUSD: 110_000, GBPUSD: 125_000, USDJPY: 150_000 };
const VOLATILITY_TICKS = 30;

export class Market {
  readonly #chance: Chance;
  readonly #timeframeMs: number;
  readonly #closes: Map<string, number>;

  constructor(policy: TradingPolicy, chance: Chance, closes: ReadonlyMap<string, number> = new Map()) {
    this.#chance = chance;
    this.#timeframeMs = policy.timeframeMs;
    const symbols = [...policy.symbols.keys()].sort();
    this.#closes = new Map(symbols.map((symbol) => [symbol, closes.get(symbol) ?? FIRST[symbol] ?? 100_000]));
  }

  get closes(): ReadonlyMap<string, number> {
    return this.#closes;
  }

  /** The bars that close at `closeAt`, in order of symbol. */
  bars(closeAt: number): readonly Bar[] {
    return [...this.#closes.keys()].map((symbol) => this.#bar(symbol, closeAt));
  }

  #bar(symbol: string, closeAt: number): Bar {
    const chance = this.#chance;
    const jump = chance.happens(0.05) ? chance.normal() * 8 * VOLATILITY_TICKS : 0;
    const open = Math.max(1_000, Math.round((this.#closes.get(symbol) ?? 0) + jump));
    const close = Math.max(1_000, Math.round(open + chance.normal() * VOLATILITY_TICKS));
    const beyond = () => Math.round(Math.abs(chance.normal()) * VOLATILITY_TICKS * 0.6);
    const spread = chance.happens(0.05) ? chance.whole(20, 120) : chance.whole(4, 9);
    this.#closes.set(symbol, close);
    return {
      symbol,
      openAt: unixMs(closeAt - this.#timeframeMs),
      closeAt: unixMs(closeAt),
      open: price(open),
      high: price(Math.max(open, close) + beyond()),
      low: price(Math.max(500, Math.min(open, close) - beyond())),
      close: price(close),
      spread: price(spread),
      volume: chance.whole(1, 1_000),
    };
  }
}

const SATURDAY = 6;

/** Whether the market sleeps: from Friday 21:00 to Sunday 21:00 UTC. */
export function sleeps(at: number): boolean {
  const date = new Date(at);
  const [day, hour] = [date.getUTCDay(), date.getUTCHours()];
  return day === SATURDAY || (day === 5 && hour >= 21) || (day === 0 && hour < 21);
}
