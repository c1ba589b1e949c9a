/** What tells one simulated market from another: where prices start, how much they move, what they cost and at which hours. */
import type { AssetClass, Instrument } from '../domain/instrument.ts';
import { ticksFromDistance } from '../domain/instrument.ts';

export interface MarketCharacter {
  /** Of bars in a regime of volatility 1, annualised over the days the market trades. */
  readonly annualVolatility: number;
  readonly daysPerYear: number;
  /** Usual spread as a fraction of the price. */
  readonly spread: number;
  /** How closely it follows the hours of the day: 0 not at all, 1 as currencies do. */
  readonly seasonality: number;
}

export const MARKET_CHARACTERS: Readonly<Record<AssetClass, MarketCharacter>> = {
  fx: { annualVolatility: 0.075, daysPerYear: 260, spread: 0.00006, seasonality: 1 },
  metal: { annualVolatility: 0.14, daysPerYear: 260, spread: 0.0001, seasonality: 1 },
  index: { annualVolatility: 0.14, daysPerYear: 260, spread: 0.0001, seasonality: 1.2 },
  crypto: { annualVolatility: 0.48, daysPerYear: 365, spread: 0.00025, seasonality: 0.5 },
};

/** By hour of New York: Tokyo in the evening, London from three, London and New York from eight to noon. */
const ACTIVITY_BY_HOUR: readonly number[] = [
  [0.75, 0.8, 1.05, 1.3, 1.25, 1.1, 1.0, 1.1],
  [1.5, 1.5, 1.5, 1.25, 1.0, 0.9, 0.9, 0.8],
  [0.6, 0.4, 0.5, 0.65, 0.8, 0.8, 0.7, 0.65],
].flat();

/** Multiple of the usual volatility and volume in an hour of New York. */
export const activityAt = (hour: number, { seasonality }: MarketCharacter): number =>
  1 + seasonality * ((ACTIVITY_BY_HOUR[hour] ?? 1) - 1);

const START_PRICES: Readonly<Record<string, number>> = {
  EURUSD: 1.17,
  GBPUSD: 1.34,
  AUDUSD: 0.66,
  NZDUSD: 0.58,
  USDJPY: 156,
  USDCHF: 0.8,
  USDCAD: 1.38,
  EURGBP: 0.87,
  EURJPY: 183,
  EURCHF: 0.935,
  EURAUD: 1.77,
  EURCAD: 1.61,
  EURNZD: 2.02,
  GBPJPY: 209,
  GBPCHF: 1.07,
  GBPAUD: 2.03,
  GBPCAD: 1.85,
  AUDJPY: 103,
  AUDNZD: 1.14,
  AUDCAD: 0.91,
  CADJPY: 113,
  CHFJPY: 195,
  NZDJPY: 90.5,
  XAUUSD: 4300,
  XAGUSD: 72,
  US500: 6850,
  US30: 48_000,
  NAS100: 25_200,
  DE40: 24_500,
  BTCUSD: 88_000,
  ETHUSD: 3000,
};

/** In ticks. A market that is not in the table starts at a hundred thousand of them: as fine a grid as the majors have. */
export function startTicks(instrument: Instrument): number {
  const known = START_PRICES[instrument.symbol];
  return known === undefined ? 100_000 : ticksFromDistance(instrument, known);
}
