/** How much to trade: the loss at the stop is a fixed fraction of equity; multipliers and caps may only reduce it. */
import { type ConversionRate, type Instrument, marginOf, riskOf } from './instrument.ts';
import {
  fractionOfMoney,
  type Money,
  money,
  multiplyDivide,
  type Price,
  type Quantity,
  quantity,
  ZERO_QUANTITY,
} from './units.ts';

export interface SizingInput {
  readonly instrument: Instrument;
  readonly rate: ConversionRate;
  readonly equity: Money;
  readonly freeMargin: Money;
  readonly leverage: number;
  readonly entryPrice: Price;
  /** Entry to stop, plus the slippage that entry and stop may suffer. */
  readonly stopTicks: number;
  readonly commissionPerLot: Money;
  readonly riskPerTrade: number;
  readonly maxPositionMargin: number;
  /** In [0, 1]: from the servo's status. */
  readonly sizeFactor: number;
  /** In (0, 1]: from the market's regime. */
  readonly regimeFactor: number;
}

export type SizeCap = 'risk' | 'max_position_size' | 'free_margin' | 'lot_max';

/** Every number of the arithmetic, so that an operator can do it again by hand. */
export interface Sizing {
  readonly quantity: Quantity;
  readonly cappedBy: SizeCap;
  readonly riskBudget: Money;
  readonly riskPerStep: Money;
  readonly wanted: Quantity;
  readonly marginPerStep: Money;
  readonly marginBudget: Money;
  /** Both applied last, so that a status that halves sizes halves them whatever capped them. */
  readonly sizeFactor: number;
  readonly regimeFactor: number;
  readonly riskOfOrder: Money;
}

/** Round-trip commission of `steps`, rounded up. */
export function commissionOf(instrument: Instrument, steps: number, commissionPerLot: Money): Money {
  return money(multiplyDivide([steps, commissionPerLot, instrument.lotStep.num], [instrument.lotStep.den], 'up'));
}

/** The quantity is 0 when not even one lot step fits: the gate refuses it, nothing rounds it up. */
export function sizeByRisk(input: SizingInput): Sizing {
  const { instrument, rate, sizeFactor, regimeFactor } = input;
  const riskBudget = fractionOfMoney(input.equity, input.riskPerTrade);
  const riskPerStep = money(
    riskOf(instrument, input.stopTicks, 1, rate) + commissionOf(instrument, 1, input.commissionPerLot),
  );
  const marginPerStep = marginOf(instrument, input.entryPrice, 1, rate, input.leverage);
  const marginBudget = fractionOfMoney(input.equity, input.maxPositionMargin);

  const wanted = stepsWithin(riskBudget, riskPerStep);
  const bounds: readonly (readonly [SizeCap, Quantity])[] = [
    ['risk', wanted],
    ['max_position_size', stepsWithin(marginBudget, marginPerStep)],
    ['free_margin', stepsWithin(input.freeMargin, marginPerStep)],
    ['lot_max', instrument.quantityMax],
  ];
  const [cappedBy, most] = bounds.reduce((least, bound) => (bound[1] < least[1] ? bound : least));
  const steps = quantity(Math.floor(most * sizeFactor * regimeFactor));
  const ordered = steps < instrument.quantityMin ? ZERO_QUANTITY : steps;
  return {
    quantity: ordered,
    cappedBy,
    riskBudget,
    riskPerStep,
    wanted,
    marginPerStep,
    marginBudget,
    sizeFactor,
    regimeFactor,
    riskOfOrder: money(riskPerStep * ordered),
  };
}

const stepsWithin = (budget: Money, perStep: Money): Quantity =>
  quantity(perStep > 0 ? Math.floor(Math.max(0, budget) / perStep) : 0);
