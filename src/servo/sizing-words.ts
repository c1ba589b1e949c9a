/** The arithmetic of a size in words: what each cap left, which was the smallest, and what made it smaller still. */
import { type Instrument, quantityToLots } from '../domain/instrument.ts';
import { WINDOW_LABELS } from '../domain/policy.ts';
import type { Cap, CapName, MultiplierName, Sizing, SizingFallback } from '../domain/sizing.ts';
import { type Money, moneyToUnits } from '../domain/units.ts';

const CAP_WORDS: Record<CapName, string> = {
  risk: 'risk to the stop',
  fixed_lot: 'fixed lots',
  volatility_target: 'volatility target',
  kelly: 'Kelly',
  max_correlation: 'moves alike',
  worst_case: 'all stops hit',
  max_position_size: 'margin of a position',
  free_margin: 'free margin',
  min_margin_level: 'margin level',
  max_leverage: 'leverage',
  max_symbol_leverage: 'leverage of the symbol',
  max_currency_leverage: 'leverage of a currency',
  lot_max: 'largest lot',
  venue_lots: 'largest lot of the venue',
  mandate_lots: 'lots of the mandate',
  mandate_loss: 'what the mandate leaves to lose',
};

const MULTIPLIER_WORDS: Record<MultiplierName, string> = {
  status: 'servo status',
  risk_level: 'risk level',
  trust: 'trust in the model',
  regime: 'regime',
  confidence: 'confidence',
  drawdown: 'drawdown',
};

const FALLBACK_WORDS: Record<SizingFallback, string> = {
  not_calibrated: 'Kelly needs a calibrated model: sized by the risk to the stop',
  volatility_unknown: 'too few bars for a volatility: sized by the risk to the stop',
};

/** A name for people: `leverage`, or `all stops hit (daily budget)`. */
export function capWords({ name, of }: Pick<Cap, 'name' | 'of'>): string {
  if (of === undefined) return CAP_WORDS[name];
  const whose = name === 'worst_case' ? `${budgetWord(of)} budget` : of;
  return `${CAP_WORDS[name]} (${whose})`;
}

const budgetWord = (of: string): string => (WINDOW_LABELS as Readonly<Record<string, string>>)[of] ?? of;

/** Empty for what an older servo decided: it kept less of the arithmetic. */
export function sizingLines(instrument: Instrument, currency: string, sizing: Sizing): string[] {
  const { caps = [], multipliers = [], quantity, fallback } = sizing;
  if (caps.length === 0) return [];
  const lots = (steps: number) => `${quantityToLots(instrument, steps)} lots`;
  const step = quantityToLots(instrument, 1);
  const least = caps.find(({ name }) => name === sizing.cappedBy);
  const lines = caps.map((cap) => {
    const sum = cap.perStep === undefined ? '' : `${left(cap)} ÷ ${amount(cap.perStep)} ${currency} for ${step} = `;
    return `${cap === least ? '▸' : ' '} ${capWords(cap)}: ${sum}${lots(cap.steps)}`;
  });
  const factors = multipliers.map(({ name, value }) => `× ${value.toFixed(2)} ${MULTIPLIER_WORDS[name]}`);
  const smaller = factors.length === 0 ? '' : ` ${factors.join(' ')}`;
  const smallest = lots(instrument.quantityMin);
  const result = quantity === 0 ? `none, the smallest is ${smallest}` : lots(quantity);
  return [
    ...(fallback === undefined ? [] : [`! ${FALLBACK_WORDS[fallback]}`]),
    ...lines,
    ...(quantity === least?.steps ? [] : [`= ${lots(least?.steps ?? 0)}${smaller} → ${result}, rounded down`]),
  ];
}

const left = ({ budget, used }: Cap): string =>
  used === undefined ? amount(budget) : `(${amount(budget)} − ${amount(used)})`;

const amount = (money: Money | undefined): string => (money === undefined ? '?' : moneyToUnits(money).toFixed(2));
