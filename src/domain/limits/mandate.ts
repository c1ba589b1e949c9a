/** Rules of somebody else's money (a prop firm's, a fund's): breaking one ends the mandate, so the servo stops a buffer before it. */
import type { Account, MandateBook } from '../account.ts';
import { tradingPeriods } from '../calendar.ts';
import type { Emit } from '../events.ts';
import type { Mandate, MandateRule } from '../policy.ts';
import type { ServoState } from '../state.ts';
import { fractionOfMoney, type Money, money, moneyToUnits, type UnixMs } from '../units.ts';

export interface MandateFloor {
  readonly rule: MandateRule;
  /** Money that the rule lets be lost. */
  readonly allowed: Money;
  /** Equity at which the rule breaks. */
  readonly breaksAt: Money;
  /** A buffer above it: equity at which the servo stops. */
  readonly stopsAt: Money;
}

/** Days begin with the first bar that opens in them, at the last mark before it. */
export function rollMandate(state: ServoState, openAt: UnixMs, emit: Emit): void {
  const { mandate } = state.policy;
  if (mandate === null) return;
  const { account } = state;
  const { day } = tradingPeriods(mandate.timezone, mandate.dayStartMinutes, openAt);
  if (account.mandate !== undefined && day <= account.mandate.day) return;
  const dayStart = money(Math.max(account.balance, account.equity));
  emit({ kind: 'mandate_rolled', at: openAt, day, dayStart });
}

/** Once a rule: entries end and everything is closed, a buffer before the rule breaks. */
export function watchMandate(state: ServoState, at: UnixMs, emit: Emit): void {
  const { account } = state;
  const stopped = account.mandate?.stopped;
  for (const floor of mandateFloors(state)) {
    // A loss of the day is forgiven at midnight; the others are not, and stand above it.
    const known = stopped === floor.rule || (stopped !== undefined && stopped !== 'daily_loss');
    // Written so that a value that is no number stops.
    if (known || account.equity > floor.stopsAt) continue;
    const { rule, breaksAt, stopsAt } = floor;
    emit({ kind: 'mandate_stopped', at, rule, equity: account.equity, stopsAt, breaksAt });
    if (state.causes.flattening === undefined) emit({ kind: 'flatten_started', at, by: 'servo', reason: 'mandate' });
    return;
  }
}

/** Gravest first. `peak`: as if equity had been there already. */
export function mandateFloors({ account, policy }: ServoState, peak?: Money): MandateFloor[] {
  const { mandate } = policy;
  const { mandate: book } = account;
  if (mandate === null || book === undefined) return [];
  const floors: MandateFloor[] = [];
  const add = (rule: MandateRule, from: number, allowed: Money, highest = Number.POSITIVE_INFINITY): void => {
    const breaksAt = money(Math.min(from - allowed, highest));
    // Rounded up: a buffer is not understated.
    floors.push({ rule, allowed, breaksAt, stopsAt: money(breaksAt + Math.ceil(allowed * mandate.buffer)) });
  };
  const { maxLoss, trailing, dailyLoss } = mandate;
  if (maxLoss !== null) add('max_loss', book.start, fractionOfMoney(book.start, maxLoss));
  if (trailing !== null) {
    const highest = trailing.of === 'equity' ? Math.max(book.peak, peak ?? 0) : book.peak;
    const locksAt = trailing.locksAtStart ? book.start : Number.POSITIVE_INFINITY;
    add('trailing_drawdown', highest, fractionOfMoney(book.start, trailing.loss), locksAt);
  }
  if (dailyLoss !== null) add('daily_loss', book.dayStart, fractionOfMoney(book.dayStart, dailyLoss));
  return floors;
}

/** The highest equity at which the mandate has something to say; nothing above it. */
export const mandateStopsAt = (state: ServoState, peak?: Money): number =>
  mandateFloors(state, peak).reduce((highest, { stopsAt }) => Math.max(highest, stopsAt), Number.NEGATIVE_INFINITY);

/** Money that may still be lost before the nearest rule stops the servo; undefined without rules. */
export function mandateLeft(state: ServoState): Money | undefined {
  const stopsAt = mandateStopsAt(state);
  return stopsAt === Number.NEGATIVE_INFINITY ? undefined : money(Math.max(0, state.account.equity - stopsAt));
}

/** What `mandate_rolled` makes of the account. A peak that others saw before the mandate began counts: the rule is never taken too lightly. */
export function mandateRolled(account: Account, mandate: Mandate | null, day: number, dayStart: Money): MandateBook {
  const { mandate: before } = account;
  const fresh = { day, dayStart };
  if (before === undefined) {
    const peak = mandate?.trailing?.of === 'balance' ? account.balance : account.equityPeak;
    return { ...fresh, start: account.balance, peak: money(Math.max(peak, account.balance)) };
  }
  const { stopped, ...book } = before;
  return { ...book, ...fresh, ...(stopped !== undefined && stopped !== 'daily_loss' && { stopped }) };
}

/** With every mark the peak may rise. */
export function mandateMarked(book: MandateBook, mandate: Mandate | null, { balance, equity }: Account): MandateBook {
  const reached = mandate?.trailing?.of === 'balance' ? balance : equity;
  return reached > book.peak ? { ...book, peak: reached } : book;
}

export const MANDATE_WORDS: Record<MandateRule, string> = {
  max_loss: 'maximum loss',
  trailing_drawdown: 'trailing drawdown',
  daily_loss: 'daily loss',
};

export const mandateCause = (rule: MandateRule, breaksAt: Money): string =>
  `the mandate's ${MANDATE_WORDS[rule]} breaks at an equity of ${moneyToUnits(breaksAt).toFixed(2)}`;
