/** The size of an order found by trying: one lot step more, as long as every bound holds. Exact fractions, no shortcuts. */
import type { InstrumentSpec } from '../../src/domain/instruments.ts';

export interface SizingQuestion {
  readonly spec: InstrumentSpec;
  /** Account-currency units of one quote-currency unit. */
  readonly rate: { readonly num: number; readonly den: number };
  readonly equityMicros: number;
  readonly freeMarginMicros: number;
  readonly leverage: number;
  readonly entryTicks: number;
  readonly stopTicks: number;
  readonly commissionPerLotMicros: number;
  /** In ten-thousandths. */
  readonly riskPerTrade: number;
  readonly maxPositionMargin: number;
  readonly halved: boolean;
}

const CENT_LOTS = 100n;
const MILLION = 1_000_000n;

/** A whole number of millionths of what a contract sheet says. */
const millionths = (decimal: number | string): bigint => BigInt(Math.round(Number(decimal) * 1e6));
const ceiling = (numerator: bigint, denominator: bigint): bigint => (numerator + denominator - 1n) / denominator;

/** In lot steps, which must be hundredths of a lot. */
export function sizeByTrying(question: SizingQuestion): number {
  const { spec, rate } = question;
  // Micros of the account's currency that `ticks` are worth on one step, as a fraction over `scale`.
  const worth = (ticks: number) =>
    BigInt(ticks) * millionths(spec.tickSize) * millionths(spec.contractSize) * BigInt(rate.num);
  const scale = MILLION * CENT_LOTS * BigInt(rate.den);
  const riskPerStep =
    ceiling(worth(question.stopTicks), scale) + ceiling(BigInt(question.commissionPerLotMicros), CENT_LOTS);
  const marginPerStep = ceiling(worth(question.entryTicks), scale * BigInt(question.leverage));

  const equity = BigInt(Math.max(0, question.equityMicros));
  const mayLose = (equity * BigInt(question.riskPerTrade)) / 10_000n;
  const mayBind = (equity * BigInt(question.maxPositionMargin)) / 10_000n;
  const most = BigInt(Math.round(Number(spec.lotMax) * 100));
  const least = BigInt(Math.round(Number(spec.lotMin) * 100));

  const fits = (steps: bigint) =>
    steps * riskPerStep <= mayLose &&
    steps * marginPerStep <= mayBind &&
    steps * marginPerStep <= BigInt(question.freeMarginMicros) &&
    steps <= most;
  let steps = 0n;
  while (fits(steps + 1n)) steps += 1n;
  if (question.halved) steps /= 2n;
  return steps < least ? 0 : Number(steps);
}
