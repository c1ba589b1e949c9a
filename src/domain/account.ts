/** The account: balance, equity, its peak, and how much each loss window has cost so far. */
import type { TradingPeriods } from './calendar.ts';
import type { LosingStreak } from './pace.ts';
import type { LossWindowName, MandateRule, RiskLevel, RiskLimits } from './policy.ts';
import { addMoney, fractionOfMoney, type Money, money, type UnixMs } from './units.ts';

/** `warned` at 75 % of the limit, `reached` at 100 %: each step acts once per window. */
export type LadderStep = 'none' | 'warned' | 'reached';
export const WARN_AT = 0.75;

export interface LossWindow {
  /** Serial number of the day, week or month; −1 before the first bar. */
  readonly period: number;
  readonly startEquity: Money;
  readonly step: LadderStep;
}

export type RiskMeasure = 'drawdown' | 'weekly_loss' | 'monthly_loss' | 'volatility' | 'value_at_risk';

/** What the rules of a mandate are measured from. */
export interface MandateBook {
  /** Serial number of the day at the mandate's own midnight. */
  readonly day: number;
  /** The larger of balance and equity when that day began. */
  readonly dayStart: Money;
  /** Balance when the mandate began. */
  readonly start: Money;
  /** Of equity or of balance, as the trailing rule says. */
  readonly peak: Money;
  /** The rule whose buffer was reached: nothing is opened until it is over. */
  readonly stopped?: MandateRule;
}

export interface RiskAssessment {
  readonly level: RiskLevel;
  /** Since when it holds. */
  readonly since: UnixMs;
  /** 0 to 1 and beyond, 1 = at the limit; of the gravest measure. */
  readonly score: number;
  readonly because: RiskMeasure;
  /** Trading days in a row that called for a lower level. */
  readonly calmDays: number;
}

export interface Account {
  readonly balance: Money;
  readonly equity: Money;
  readonly equityPeak: Money;
  readonly windows: Readonly<Record<LossWindowName, LossWindow>>;
  /** Entries sent in the present trading day and not refused by the venue. */
  readonly entriesToday: number;
  /** When the entries of the last hour were sent, in market time; absent before the first. */
  readonly sentAt?: readonly UnixMs[];
  /** Absent before the first closed trade. */
  readonly losingStreak?: LosingStreak;
  /** Equity at the last trading days' ends, oldest first, the opening balance before them; absent in a book that began before they were kept. */
  readonly dailyEquity?: readonly Money[];
  /** Absent: no mandate, or no bar since it began. */
  readonly mandate?: MandateBook;
  /** Absent: low, or not assessed yet. */
  readonly assessment?: RiskAssessment;
}

/** Trading days that risk is measured over: about a year. */
const DAYS_KEPT = 250;

/** One more day's end; the oldest makes room. */
export const withDayEnd = <T>(days: readonly T[] = [], end: T): readonly T[] => days.slice(-DAYS_KEPT).concat([end]);

export function openAccount(balance: Money): Account {
  const window: LossWindow = { period: -1, startEquity: balance, step: 'none' };
  return {
    balance,
    equity: balance,
    equityPeak: balance,
    windows: { day: window, week: window, month: window },
    entriesToday: 0,
  };
}

export const lossOf = (account: Account, window: LossWindowName): Money =>
  money(Math.max(0, account.windows[window].startEquity - account.equity));

/** Money that may be lost in the window: a fraction of its starting equity, rounded down. */
export const lossLimit = (account: Account, window: LossWindowName, limits: RiskLimits): Money =>
  fractionOfMoney(account.windows[window].startEquity, limits.maxLoss[window]);

/** Share of the limit used, 1 = reached. A window that began without equity is used up. */
export function lossUsed(account: Account, window: LossWindowName, limits: RiskLimits): number {
  const limit = lossLimit(account, window, limits);
  return limit > 0 ? lossOf(account, window) / limit : 1;
}

/** Fraction of the peak lost. A peak of nothing counts as fully drawn down. */
export const drawdown = (account: Account): number =>
  account.equityPeak > 0 ? Math.max(0, account.equityPeak - account.equity) / account.equityPeak : 1;

/** The windows that a moment in `now` has entered anew. Never an earlier one: clocks that are set back do not give a loss back. */
export function rolledWindows(account: Account, now: TradingPeriods): LossWindowName[] {
  const names: LossWindowName[] = ['day', 'week', 'month'];
  return names.filter((name) => account.windows[name].period < now[name]);
}

/** The step that the present loss calls for, when it is graver than the one already taken. */
export function dueLadderStep(account: Account, window: LossWindowName, limits: RiskLimits): LadderStep | undefined {
  const { step } = account.windows[window];
  if (step === 'reached') return undefined;
  const used = lossUsed(account, window, limits);
  // Written so that a value that is no number counts as reached.
  if (!(used < 1)) return 'reached';
  return used >= WARN_AT && step === 'none' ? 'warned' : undefined;
}

export const marked = (account: Account, equity: Money): Account => ({
  ...account,
  equity,
  equityPeak: money(Math.max(account.equityPeak, equity)),
});

/** Money paid in, or out: equity moves, and with it everything that gains and losses are measured from. */
export function paidIn(account: Account, amount: Money): Account {
  const { day, week, month } = account.windows;
  const from = (window: LossWindow): LossWindow => ({ ...window, startEquity: addMoney(window.startEquity, amount) });
  return {
    ...account,
    balance: addMoney(account.balance, amount),
    equity: addMoney(account.equity, amount),
    equityPeak: addMoney(account.equityPeak, amount),
    windows: { day: from(day), week: from(week), month: from(month) },
    // Money paid in is no return.
    ...(account.dailyEquity && { dailyEquity: account.dailyEquity.map((end) => addMoney(end, amount)) }),
  };
}
