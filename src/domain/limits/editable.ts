/** The limits that an operator may change while the servo runs: each with its place in the policy, its tighter side and the window that a loosening waits for. */
import type { ExposurePolicy, LossWindowName, PacePolicy, RiskLimits, TradingPolicy } from '../policy.ts';

/** Null: no limit. */
export type LimitValue = number | null;

/** A fraction of equity; a count; a multiple of equity; equity ÷ margin; a probability; a multiple of the risk (R). */
export type LimitUnit = 'fraction' | 'count' | 'multiple' | 'level' | 'probability' | 'r';

export interface Bounds {
  readonly min: number;
  readonly max: number;
  /** The ends themselves are out of bounds. */
  readonly open?: true;
}

export interface EditableLimit {
  /** Its path in config.yaml. */
  readonly key: string;
  readonly read: (policy: TradingPolicy) => LimitValue;
  readonly write: (policy: TradingPolicy, value: LimitValue) => TradingPolicy;
  readonly tighter: (a: LimitValue, b: LimitValue) => LimitValue;
  /** A looser value holds from the next one on. */
  readonly window: LossWindowName;
  readonly unit: LimitUnit;
  readonly bounds: Bounds;
  /** Whether there may be no limit at all. */
  readonly optional: boolean;
}

export const LIMIT_NAMES = [
  'max_daily_loss',
  'max_weekly_loss',
  'max_monthly_loss',
  'max_drawdown',
  'position_size',
  'max_position_size',
  'max_positions',
  'max_daily_trades',
  'max_leverage',
  'max_symbol_leverage',
  'max_currency_leverage',
  'min_margin_level',
  'extreme_margin_level',
  'extreme_worst_case',
  'extreme_value_at_risk',
  'orders_per_minute',
  'orders_per_hour',
  'min_confidence',
  'min_expected_value_r',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

type Tighter = EditableLimit['tighter'];
const either = (a: LimitValue, b: LimitValue, both: (a: number, b: number) => number): LimitValue =>
  a === null ? b : b === null ? a : both(a, b);
const lower: Tighter = (a, b) => either(a, b, Math.min);
const higher: Tighter = (a, b) => either(a, b, Math.max);

const FRACTION: Bounds = { min: 0, max: 1, open: true };
const LEVERAGE: Bounds = { min: 0.01, max: 5000 };

/** Where nothing else is said: lower is tighter, and a limit without a window of its own waits for the next day. */
const USUAL = { tighter: lower, window: 'day' } as const;
type Shape = Pick<EditableLimit, 'unit' | 'bounds'> & Partial<Pick<EditableLimit, keyof typeof USUAL>>;
type KeysOf<T, V> = { [K in keyof T]-?: T[K] extends V ? (V extends T[K] ? K : never) : never }[keyof T];

interface Required extends Shape, Pick<EditableLimit, 'key' | 'read'> {
  readonly write: (policy: TradingPolicy, value: number) => TradingPolicy;
}

/** One that there always is. */
const required = ({ write, ...limit }: Required): EditableLimit => ({
  ...USUAL,
  ...limit,
  optional: false,
  write: (policy, value) => {
    if (value === null) throw new Error(`${limit.key} cannot be without a value`);
    return write(policy, value);
  },
});

const withLimits = (policy: TradingPolicy, limits: Partial<RiskLimits>): TradingPolicy => ({
  ...policy,
  limits: { ...policy.limits, ...limits },
});

const ofLimits = (key: string, field: KeysOf<RiskLimits, number>, shape: Shape): EditableLimit =>
  required({
    key,
    ...shape,
    read: ({ limits }) => limits[field],
    write: (policy, value) => withLimits(policy, { [field]: value }),
  });

const lossOfWindow = (window: LossWindowName, key: string): EditableLimit =>
  required({
    key,
    window,
    unit: 'fraction',
    bounds: FRACTION,
    read: ({ limits }) => limits.maxLoss[window],
    write: (policy, value) => withLimits(policy, { maxLoss: { ...policy.limits.maxLoss, [window]: value } }),
  });

const ofPace = (key: string, field: KeysOf<PacePolicy, number>): EditableLimit =>
  required({
    key,
    unit: 'count',
    bounds: { min: 1, max: 100_000 },
    read: ({ pace }) => pace[field],
    write: (policy, value) => ({ ...policy, pace: { ...policy.pace, [field]: value } }),
  });

const ofExposure = (key: string, field: KeysOf<ExposurePolicy, LimitValue>, shape: Shape): EditableLimit => ({
  ...USUAL,
  ...shape,
  key,
  optional: true,
  read: ({ exposure }) => exposure[field],
  write: (policy, value) => ({ ...policy, exposure: { ...policy.exposure, [field]: value } }),
});

const ofExtreme = (key: string, field: keyof RiskLimits['extreme'], shape: Shape): EditableLimit => ({
  ...USUAL,
  ...shape,
  key,
  optional: true,
  read: ({ limits }) => limits.extreme[field],
  write: (policy, value) => withLimits(policy, { extreme: { ...policy.limits.extreme, [field]: value } }),
});

const fraction = { unit: 'fraction', bounds: FRACTION } as const;
const multiple = { unit: 'multiple', bounds: LEVERAGE } as const;
const upTo = (max: number) => ({ unit: 'count', bounds: { min: 1, max } }) as const;

export const EDITABLE: Readonly<Record<LimitName, EditableLimit>> = {
  max_daily_loss: lossOfWindow('day', 'trading.risk_management.max_daily_loss'),
  max_weekly_loss: lossOfWindow('week', 'trading.risk_management.max_weekly_loss'),
  max_monthly_loss: lossOfWindow('month', 'trading.risk_management.max_monthly_loss'),
  max_drawdown: ofLimits('trading.risk_management.max_drawdown', 'maxDrawdown', fraction),
  position_size: ofLimits('trading.risk_management.position_size', 'riskPerTrade', fraction),
  max_position_size: ofLimits('execution.risk.max_position_size', 'maxPositionMargin', fraction),
  max_positions: ofLimits('trading.risk_management.max_positions', 'maxPositions', upTo(1000)),
  max_daily_trades: ofLimits('execution.risk.max_daily_trades', 'maxDailyTrades', upTo(10_000)),
  max_leverage: ofExposure('trading.exposure.max_leverage', 'maxLeverage', multiple),
  max_symbol_leverage: ofExposure('trading.exposure.max_symbol_leverage', 'maxSymbolLeverage', multiple),
  max_currency_leverage: ofExposure('trading.exposure.max_currency_leverage', 'maxCurrencyLeverage', multiple),
  min_margin_level: ofExposure('trading.exposure.min_margin_level', 'minMarginLevel', {
    unit: 'level',
    bounds: { min: 1, max: 1000 },
    tighter: higher,
  }),
  extreme_margin_level: ofExtreme('risk.extreme.margin_level_min', 'marginLevelMin', {
    unit: 'level',
    bounds: { min: 0.5, max: 100 },
    tighter: higher,
  }),
  extreme_worst_case: ofExtreme('risk.extreme.worst_case', 'worstCaseMax', fraction),
  extreme_value_at_risk: ofExtreme('risk.extreme.value_at_risk', 'valueAtRiskMax', fraction),
  orders_per_minute: ofPace('trading.order_rate.per_minute', 'perMinute'),
  orders_per_hour: ofPace('trading.order_rate.per_hour', 'perHour'),
  min_confidence: ofLimits('trading.filters.min_confidence', 'minConfidence', {
    unit: 'probability',
    bounds: { min: 0, max: 1 },
    tighter: higher,
  }),
  min_expected_value_r: ofLimits('trading.filters.min_expected_value_r', 'minExpectedValueR', {
    unit: 'r',
    bounds: { min: -10, max: 10 },
    tighter: higher,
  }),
};

export const isLimitName = (name: string): name is LimitName => Object.hasOwn(EDITABLE, name);

export const isLooser = (name: LimitName, from: LimitValue, to: LimitValue): boolean =>
  EDITABLE[name].tighter(from, to) !== to;

/** Whether it could stand in config.yaml. */
export function isWithinBounds(name: LimitName, value: LimitValue): boolean {
  const { bounds, optional, unit } = EDITABLE[name];
  if (value === null) return optional;
  if (unit === 'count' && !Number.isInteger(value)) return false;
  return bounds.open === true ? value > bounds.min && value < bounds.max : value >= bounds.min && value <= bounds.max;
}

export type LimitValues = Readonly<Record<LimitName, LimitValue>>;

export const limitsIn = (policy: TradingPolicy): LimitValues =>
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, EDITABLE[name].read(policy)])) as LimitValues;
