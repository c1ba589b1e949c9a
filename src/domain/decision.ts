/** A decision and its record: approved with an order, or denied with the gravest reason, always with every check's numbers. */
import type { OpenIntent } from './order.ts';
import type { Sizing } from './sizing.ts';
import type { UnixMs } from './units.ts';

/** Closed, gravest first: the first that fails is the decision's reason. */
export const DENIAL_REASONS = [
  'status_forbids_opening',
  'not_armed',
  'order_unknown',
  'market_stale',
  'model_unavailable',
  'model_expired',
  'model_distrusted',
  'model_outlier',
  'signal_expired',
  'drawdown_limit',
  'mandate_limit',
  'mandate_flat',
  'monthly_loss_limit',
  'weekly_loss_limit',
  'daily_loss_limit',
  'margin_level_limit',
  'daily_trades_limit',
  'losing_streak',
  'order_rate_limit',
  'session_closed',
  'rollover_blackout',
  'news_blackout',
  'bar_used',
  'position_open',
  'positions_limit',
  'regime_not_allowed',
  'signal_flat',
  'spread_limit',
  'spread_unusual',
  'volatility_outside',
  'volume_low',
  'expected_value_minimum',
  'confidence_minimum',
  'conversion_missing',
  'size_below_minimum',
] as const;
export type DenialReason = (typeof DENIAL_REASONS)[number];

/** One check's answer. `value` against `limit`, in the units that the reason implies; words where there is no number. */
export interface Verdict {
  readonly check: DenialReason;
  readonly passed: boolean;
  readonly value: number | string;
  readonly limit: number | string;
}

export interface DecisionBase {
  readonly decisionId: string;
  readonly symbol: string;
  readonly barClosedAt: UnixMs;
  readonly attempt: number;
  /** Every check that could be evaluated, in order: the record behind "why". */
  readonly verdicts: readonly Verdict[];
  readonly sizing?: Sizing;
}

export type Decision =
  | (DecisionBase & { readonly outcome: 'approved'; readonly intent: OpenIntent; readonly sizing: Sizing })
  | (DecisionBase & { readonly outcome: 'denied'; readonly reason: DenialReason });
