/** How large an order is: the least of what its method wants and what every cap leaves, made smaller by multipliers, never larger. */
import type { Instrument } from './instrument.ts';
import type { SizingMethod } from './policy.ts';
import { type Money, money, multiplyDivide, type Quantity, quantity, ZERO_MONEY, ZERO_QUANTITY } from './units.ts';

/** What may bound a size. */
export type CapName =
  | SizingMethod
  | 'max_correlation'
  | 'worst_case'
  | 'max_position_size'
  | 'free_margin'
  | 'min_margin_level'
  | 'max_leverage'
  | 'max_symbol_leverage'
  | 'max_currency_leverage'
  | 'lot_max'
  | 'venue_lots'
  | 'mandate_lots'
  | 'mandate_loss';

/** (budget − used) ÷ perStep, rounded down, is `steps`. Where no money bounds, `steps` alone. */
export interface Cap {
  readonly name: CapName;
  readonly steps: Quantity;
  /** Whose budget it is, where a cap has several: the loss window, the currency, the positions counted together. */
  readonly of?: string;
  readonly budget?: Money;
  /** What is open or under way has taken of it already; absent where that is nothing. */
  readonly used?: Money;
  readonly perStep?: Money;
}

/** Why the risk to the stop sizes where another method was asked for. */
export type SizingFallback = 'not_calibrated' | 'volatility_unknown';

export type MultiplierName = 'status' | 'risk_level' | 'trust' | 'regime' | 'confidence' | 'drawdown';

/** In [0, 1]. */
export interface Multiplier {
  readonly name: MultiplierName;
  readonly value: number;
}

/** Every number of the arithmetic, so that an operator can do it again by hand. */
export interface Sizing {
  readonly quantity: Quantity;
  /** The name of the smallest cap. */
  readonly cappedBy: CapName;
  /** What the method alone would trade. */
  readonly wanted: Quantity;
  /** Lost on one lot step at the stop: slippage and commission included. */
  readonly riskPerStep: Money;
  readonly riskOfOrder: Money;
  readonly fallback?: SizingFallback;
  /** The method's own comes first. Absent in what an older servo decided, as are the multipliers. */
  readonly caps?: readonly Cap[];
  /** Those that reduce. Applied last, so that what halves sizes halves them whatever capped them. */
  readonly multipliers?: readonly Multiplier[];
}

/** A budget in money, and what one lot step takes of it. Where a step takes nothing no size follows from the budget: none it is. */
export function moneyCap(name: CapName, budget: Money, perStep: Money, used: Money = ZERO_MONEY): Cap {
  const steps = quantity(perStep > 0 ? Math.floor(Math.max(0, budget - used) / perStep) : 0);
  return { name, steps, budget, perStep, ...(used !== 0 && { used }) };
}

/** Round-trip commission of `steps`, rounded up. */
export function commissionOf(instrument: Instrument, steps: number, commissionPerLot: Money): Money {
  return money(multiplyDivide([steps, commissionPerLot, instrument.lotStep.num], [instrument.lotStep.den], 'up'));
}

/** What `size` takes the least of. */
export interface SizeBounds {
  readonly instrument: Instrument;
  readonly riskPerStep: Money;
  /** What the method wants. */
  readonly wanted: Cap;
  readonly caps: readonly Cap[];
  readonly multipliers: readonly Multiplier[];
}

/** The quantity is 0 when not even the smallest lot fits: the gate refuses it, nothing rounds it up. */
export function size({ instrument, riskPerStep, wanted, caps, multipliers }: SizeBounds): Sizing {
  const all = [wanted, ...caps];
  const least = all.reduce((smallest, cap) => (cap.steps < smallest.steps ? cap : smallest));
  const steps = reduced(least.steps, multipliers);
  const ordered = steps < instrument.quantityMin ? ZERO_QUANTITY : steps;
  for (const cap of all) assertWithin(cap, ordered);
  return {
    quantity: ordered,
    cappedBy: least.name,
    wanted: wanted.steps,
    riskPerStep,
    riskOfOrder: money(riskPerStep * ordered),
    caps: all,
    multipliers: multipliers.filter(({ value }) => value !== 1),
  };
}

/** Rounded down once; but 0.7 of 10 is 7, not what is left of 6.999999999999999. */
function reduced(steps: Quantity, multipliers: readonly Multiplier[]): Quantity {
  let share = 1;
  for (const { name, value } of multipliers) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`the multiplier ${name} must lie in 0 to 1, was ${value}`);
    share *= value;
  }
  return quantity(Math.min(steps, Math.floor(steps * share * (1 + 4 * Number.EPSILON))));
}

/** The last look at what was reckoned: a size beyond a budget is a bug, and a bug does not trade. */
function assertWithin({ name, steps, budget, used = ZERO_MONEY, perStep }: Cap, ordered: Quantity): void {
  const fits = budget === undefined || perStep === undefined || ordered === 0 || perStep * ordered <= budget - used;
  if (!(ordered <= steps && fits))
    throw new Error(`a size of ${ordered} steps is beyond ${name}, which leaves ${steps}`);
}
