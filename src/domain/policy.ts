/** The rules the core trades by: config.yaml in domain units. While the servo runs, `limits/editable.ts` is all of it that may change. */
import type { FeatureSpec } from './features/spec.ts';
import type { EntryWindows, MarketHours } from './hours/market-hours.ts';
import type { AssetClass, ConversionRule, Instrument } from './instrument.ts';
import type { NewsPolicy } from './news.ts';
import type { Filling, OrderType, TimeInForce } from './order.ts';
import type { Regime } from './regime.ts';
import type { RegimeModel } from './regime-model.ts';
import type { SignalPolicy } from './signal.ts';
import type { Money, Price } from './units.ts';

export interface SymbolPolicy {
  readonly instrument: Instrument;
  readonly conversion: ConversionRule;
  readonly maxSpread: Price;
  readonly hours: MarketHours;
  /** Assumed by the expected value; the venue charges what it charges. */
  readonly slippage: Price;
  /** Names the regimes; left out, the rules do. */
  readonly regimeModel?: RegimeModel | undefined;
  /** What its model is shown; left out, the pack. */
  readonly features?: FeatureSpec | undefined;
}

/** Extreme risk of the open book; null: off. */
export interface ExtremeLimits {
  /** Equity ÷ margin. */
  readonly marginLevelMin: number | null;
  /** Fraction of equity that may be lost if every stop is hit, slippage included. */
  readonly worstCaseMax: number | null;
  /** Fraction of equity that one day may cost with a chance of 1 %. */
  readonly valueAtRiskMax: number | null;
}

/** A picture of a bad hour: moves go through the stops, as a gap does. */
export interface StressScenario {
  readonly name: string;
  /** Fraction of price by asset class, signed. */
  readonly moves: Readonly<Partial<Record<AssetClass, number>>>;
  /** Fraction of price against every position, whatever its side. */
  readonly adverse: number;
  /** Times the present spread, which every position pays to get out. */
  readonly spreadFactor: number;
}

export type MandateRule = 'max_loss' | 'trailing_drawdown' | 'daily_loss';

/** Rules of somebody else's money; each that is null does not exist. Fractions of the start, the daily one of its day's start. */
export interface Mandate {
  readonly dailyLoss: number | null;
  readonly maxLoss: number | null;
  readonly trailing: {
    readonly loss: number;
    readonly of: 'equity' | 'balance';
    /** The floor stops rising at the balance of the start. */
    readonly locksAtStart: boolean;
  } | null;
  readonly maxLots: number | null;
  /** Left out: positions may stand at any time. */
  readonly flat?: MandateFlat | undefined;
  /** Share of each allowed loss that is kept. */
  readonly buffer: number;
  readonly timezone: string;
  readonly dayStartMinutes: number;
}

/** When nothing may be open; 0: no such rule. */
export interface MandateFlat {
  /** Before a weekend or a holiday. */
  readonly beforeWeekendMs: number;
  /** Around an event of the calendar that counts for the symbol. */
  readonly beforeNewsMs: number;
  readonly afterNewsMs: number;
}

export const RISK_LEVELS = ['low', 'medium', 'high', 'extreme'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

export interface RiskLevelPolicy {
  /** Trading days before anything is assessed. */
  readonly minDays: number;
  /** Calm trading days in a row before the level falls by one. */
  readonly calmDays: number;
  /** Scores from which each level holds; 1 is the limit of what is measured. */
  readonly from: Readonly<Record<'medium' | 'high' | 'extreme', number>>;
  /** In (0, 1]: by which sizes are multiplied. */
  readonly sizeFactor: Readonly<Record<RiskLevel, number>>;
}

export type OnLimit = 'flatten' | 'close_only';
export type LossWindowName = 'day' | 'week' | 'month';
export const LOSS_WINDOWS: readonly LossWindowName[] = ['month', 'week', 'day'];
export const WINDOW_LABELS: Record<LossWindowName, string> = { day: 'daily', week: 'weekly', month: 'monthly' };

/** Fractions, as in config.yaml; what each is a fraction of stands in docs/GLOSSARY.md. */
export interface RiskLimits {
  readonly riskPerTrade: number;
  readonly maxPositionMargin: number;
  readonly maxPositions: number;
  readonly maxDailyTrades: number;
  readonly maxLoss: Readonly<Record<LossWindowName, number>>;
  readonly maxDrawdown: number;
  readonly onLimit: OnLimit;
  readonly extreme: ExtremeLimits;
  readonly minConfidence: number;
  readonly minExpectedValueR: number;
}

export const SIZING_METHODS = ['risk', 'fixed_lot', 'volatility_target', 'kelly'] as const;
export type SizingMethod = (typeof SIZING_METHODS)[number];

/** How large entries want to be, before any cap. */
export interface SizingPolicy {
  readonly method: SizingMethod;
  readonly fixedLots: number;
  /** Yearly standard deviation of a position's profit, as a fraction of equity. */
  readonly volatilityTarget: number;
  /** Share of the full Kelly bet that is risked. */
  readonly kellyFraction: number;
  /** The confidence from which on sizes are whole; null: all are. */
  readonly fullConfidence: number | null;
  /** The share of `maxDrawdown` from which on sizes shrink, to nothing at the limit; null: they do not. */
  readonly shrinkFromDrawdown: number | null;
}

/** What all positions together may be; null: no limit. Multiples are of equity. */
export interface ExposurePolicy {
  readonly maxLeverage: number | null;
  readonly maxSymbolLeverage: number | null;
  /** Net of one currency, both legs of each position counted. */
  readonly maxCurrencyLeverage: number | null;
  /** Equity ÷ margin after the trade. */
  readonly minMarginLevel: number | null;
  /** Positions whose profits correlate as much as this risk together what one may. */
  readonly correlation: { readonly max: number; readonly bars: number } | null;
  /** All stops hit must leave every loss budget whole; `gap` is how far beyond a stop it may fill, in stop distances. */
  readonly worstCase: { readonly gap: number } | null;
}

/** After so many losses in a row no entries for so long, in market time. */
export interface StreakRule {
  readonly losses: number;
  readonly pauseMs: number;
}

/** How often entries may follow one another; null: no limit. */
export interface PacePolicy {
  readonly losingStreak: { readonly account: StreakRule | null; readonly symbol: StreakRule | null };
  readonly perMinute: number;
  readonly perHour: number;
  /** Entries of one symbol and side in a row, before an operator's `resume`. */
  readonly repeated: number | null;
}

/** What is traded while a regime lasts. */
export interface RegimePolicy {
  readonly allowed: boolean;
  /** In (0, 1]: by which sizes are multiplied. */
  readonly sizeFactor: number;
  /** By which the distances of stop and target are multiplied. */
  readonly stopFactor: number;
}

/** Where a trailing stop wants to be: behind the price by its first distance or by ATRs, or behind the best price by ATRs. */
export type TrailingKind = 'initial' | 'atr' | 'chandelier';

/** How an open position is kept. R is the distance of its first stop. What is left out is off. */
export interface PositionPolicy {
  readonly partialClose: boolean;
  readonly minCloseSize: number;
  readonly trailingStop: boolean;
  readonly trailingStep: number;
  /** Left out: `initial`, from the start. */
  readonly trailing?: TrailingPolicy | undefined;
  readonly breakEven?: BreakEvenPolicy | undefined;
  readonly timeStop?: TimeStopPolicy | undefined;
  /** Nearest rung first. */
  readonly profitLadder?: readonly LadderRung[] | undefined;
}

export interface TrailingPolicy {
  readonly kind: TrailingKind;
  readonly atrMultiple: number;
  /** How far the price must have gone in favour before the stop begins to follow. */
  readonly startR: number;
}

export interface BreakEvenPolicy {
  /** How far the price must have gone in favour. */
  readonly after: number;
  readonly unit: 'r' | 'atr';
  /** Beyond the entry, in points; left out, what closing there costs. */
  readonly points?: number | undefined;
}

export interface TimeStopPolicy {
  readonly bars: number;
  /** Only while the position stands below this; left out, always. */
  readonly belowR?: number | undefined;
}

export interface LadderRung {
  readonly atR: number;
  /** Of the opening volume. */
  readonly fraction: number;
}

/** How entries are sent. */
export interface OrderPolicy {
  readonly type: OrderType;
  readonly retryAttempts: number;
  /** Fraction of price. */
  readonly maxSlippage: number;
  /** Absent: bar. */
  readonly timeInForce?: TimeInForce;
  /** With `gtd`. */
  readonly goodForMs?: number;
  /** Fraction of price by which a stop entry waits beyond the signal's bar. */
  readonly stopOffset?: number;
  /** Absent: ioc. */
  readonly filling?: Filling;
  /** What is done with an entry that filled worse than `maxSlippage`. Absent: keep. */
  readonly onSlippage?: 'keep' | 'close';
}

/** What a market must be like to be entered; null is not asked. */
export interface MarketFilters {
  /** In multiples of what is usual at this hour of the day. */
  readonly maxSpreadRatio: number | null;
  readonly minVolumeRatio: number | null;
  /** Of the latest bars' ATRs, 0 to 1. */
  readonly atrPercentileMin: number;
  readonly atrPercentileMax: number;
  readonly atrLookbackBars: number;
  /** More missing bars than this are a gap, which is remembered for so many bars. */
  readonly maxGapBars: number;
  readonly gapLookbackBars: number;
}

/** What a live servo is meant to trade; the conditions of live trading are held against it. */
export interface LivePolicy {
  /** Null: the configuration does not say it. */
  readonly login: string | null;
  readonly server: string | null;
  /** Name of the account and of its folder: its database, lock and queue bear it. */
  readonly book: string;
  /** What our orders must bear at the venue. */
  readonly tag: number;
}

export interface TradingPolicy {
  readonly symbols: ReadonlyMap<string, SymbolPolicy>;
  readonly timeframeMs: number;
  readonly currency: string;
  readonly leverage: number;
  /** Round trip, per lot, in micros of the account's currency. */
  readonly commissionPerLot: Money;
  readonly signal: SignalPolicy;
  readonly atrPeriod: number;
  readonly limits: RiskLimits;
  readonly mandate: Mandate | null;
  /** Null: every size is that of a low level. */
  readonly riskLevel: RiskLevelPolicy | null;
  /** What the open book is stressed with: shown, and nothing is decided on it. */
  readonly stress: readonly StressScenario[];
  readonly sizing: SizingPolicy;
  readonly exposure: ExposurePolicy;
  readonly pace: PacePolicy;
  readonly regimes: Readonly<Record<Regime, RegimePolicy>>;
  readonly entryWindows: EntryWindows;
  readonly filters: MarketFilters;
  /** Absent where no calendar is given. */
  readonly news?: NewsPolicy | undefined;
  readonly order: OrderPolicy;
  readonly position: PositionPolicy;
  readonly session: { readonly timezone: string; readonly dayStartMinutes: number };
  readonly dryRun: boolean;
  /** Absent where the money is not real. */
  readonly live?: LivePolicy | undefined;
}

export function symbolPolicy(policy: TradingPolicy, symbol: string): SymbolPolicy {
  const found = policy.symbols.get(symbol);
  if (found === undefined) throw new Error(`symbol ${symbol} is not configured`);
  return found;
}
