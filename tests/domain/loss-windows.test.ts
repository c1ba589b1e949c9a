/** Loss windows over changes of the clock: every moment is in one day, week and month; windows only move on; and a restart gives no loss back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LadderStep, lossLimit, lossOf } from '../../src/domain/account.ts';
import { tradingDayEnd, tradingPeriods } from '../../src/domain/calendar.ts';
import { LOSS_WINDOWS, type LossWindowName, symbolPolicy } from '../../src/domain/policy.ts';
import { canonicalState, restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { unixMs } from '../../src/domain/units.ts';
import { dayByTheClock, mondayOf, monthOf } from '../oracle/trading-days.ts';
import { barAt, M5, POLICY, policyWith, usd } from './builders.ts';
import { World } from './world.ts';

const HOUR = 3_600_000;

interface Session {
  readonly timezone: string;
  readonly dayStartMinutes: number;
}

/** Clocks that change by an hour and by half of one, at night and at midnight, in either half of the year, and never. */
const NEW_YORK: Session = { timezone: 'America/New_York', dayStartMinutes: 17 * 60 };
const BERLIN: Session = { timezone: 'Europe/Berlin', dayStartMinutes: 0 };
const LORD_HOWE: Session = { timezone: 'Australia/Lord_Howe', dayStartMinutes: 0 };
const SANTIAGO: Session = { timezone: 'America/Santiago', dayStartMinutes: 0 };
const NOON_UTC: Session = { timezone: 'UTC', dayStartMinutes: 12 * 60 };
const SESSIONS: readonly Session[] = [
  NEW_YORK,
  BERLIN,
  LORD_HOWE,
  SANTIAGO,
  NOON_UTC,
  { timezone: 'Europe/London', dayStartMinutes: 22 * 60 },
  { timezone: 'Australia/Sydney', dayStartMinutes: 9 * 60 + 50 },
  { timezone: 'Asia/Kolkata', dayStartMinutes: 5 * 60 + 30 },
];

/** Within the hour that autumn shows twice: by the wall alone, such a day would begin twice. */
const BEGINS_TWICE: Session = { timezone: 'Europe/Berlin', dayStartMinutes: 2 * 60 + 30 };

/** The weeks in which clocks change, of fifteen years. */
const changing = fc
  .record({
    year: fc.integer({ min: 2015, max: 2029 }),
    month: fc.constantFrom(2, 3, 8, 9, 10),
    ms: fc.nat(31 * 24 * HOUR),
  })
  .map(({ year, month, ms }) => Date.UTC(year, month, 1) + ms);

const anySession = fc.constantFrom(...SESSIONS, BEGINS_TWICE);

const dayAt = ({ timezone, dayStartMinutes }: Session, at: number): number =>
  tradingPeriods(timezone, dayStartMinutes, unixMs(at)).day;
const endOf = ({ timezone, dayStartMinutes }: Session, at: number): number =>
  tradingDayEnd(timezone, dayStartMinutes, unixMs(at));

describe('the calendar of windows', () => {
  test('every moment is in the day, week and month that the clock on the wall says', () => {
    fc.assert(
      fc.property(anySession, changing, ({ timezone, dayStartMinutes }, at) => {
        const { day, week, month } = tradingPeriods(timezone, dayStartMinutes, unixMs(at));
        const byTheClock = dayByTheClock(timezone, dayStartMinutes, at);
        // Week 0 holds Thursday, 1 January 1970: its Monday is day −3.
        expect([day, week * 7 - 3, month]).toEqual([byTheClock, mondayOf(byTheClock), monthOf(byTheClock)]);
      }),
      { numRuns: 600 },
    );
  });

  test.each<[Session, readonly number[]]>([
    [NEW_YORK, [23, 24, 25]],
    [BERLIN, [23, 24, 25]],
    [LORD_HOWE, [23.5, 24, 24.5]],
    [SANTIAGO, [23, 24, 25]],
    [NOON_UTC, [24]],
  ])('%o: over a year, days join without gap or overlap, and are %o hours long', (session, expected) => {
    const shares = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.integer({ min: 2020, max: 2029 }), shares, (year, within) => {
        const lengths = new Set<number>();
        let begin = endOf(session, Date.UTC(year, 0, 1));
        for (let days = 0; days < 370; days++) {
          const end = endOf(session, begin);
          const day = dayAt(session, begin);
          expect([dayAt(session, begin - 1), dayAt(session, end - 1)]).toEqual([day - 1, day]);
          for (const share of within) {
            const moment = begin + Math.floor(share * (end - begin));
            expect([dayAt(session, moment), endOf(session, moment)]).toEqual([day, end]);
          }
          lengths.add((end - begin) / HOUR);
          begin = end;
        }
        expect([...lengths].toSorted()).toEqual(expected);
      }),
      { numRuns: 4 },
    );
  });
});

interface Step {
  /** Bars since the one before. */
  readonly bars: number;
  /** Whole dollars at its mark. */
  readonly equity: number;
  readonly restart: boolean;
}

const steps = fc.array(
  fc.record({
    bars: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }) }, fc.integer({ min: 200, max: 4000 })),
    equity: fc.integer({ min: 9400, max: 10_600 }),
    restart: fc.boolean(),
  }),
  { minLength: 5, maxLength: 40 },
);

interface Window {
  period: number;
  start: number;
  step: LadderStep;
}

/** In hundredths of a percent, as POLICY has them. */
const LIMITS = { day: 200, week: 500, month: 1000 } as const;

/** What the windows must say, from the wall clock and dollars alone. */
class Ledger {
  readonly windows: Record<LossWindowName, Window>;
  #equity = 10_000;
  readonly #session: Session;

  constructor(session: Session) {
    const window = () => ({ period: -1, start: 10_000, step: 'none' as const });
    this.windows = { day: window(), week: window(), month: window() };
    this.#session = session;
  }

  /** A window begins with the first bar that opens in it, at the equity of the last mark; never an earlier one again. */
  barOpens(at: number): void {
    const day = dayByTheClock(this.#session.timezone, this.#session.dayStartMinutes, at);
    const now = { day, week: (mondayOf(day) + 3) / 7, month: monthOf(day) };
    if (day <= this.windows.day.period) return;
    for (const name of LOSS_WINDOWS) {
      if (now[name] > this.windows[name].period)
        this.windows[name] = { period: now[name], start: this.#equity, step: 'none' };
    }
  }

  mark(equity: number): void {
    this.#equity = equity;
    for (const name of LOSS_WINDOWS) {
      const window = this.windows[name];
      // In 400ths of a dollar × hundredths of a percent: loss ÷ start against the limit, and against 75 % of it.
      const [lost, allowed] = [(window.start - equity) * 40_000, window.start * LIMITS[name] * 4];
      if (lost >= allowed) window.step = 'reached';
      else if (lost * 4 >= allowed * 3 && window.step === 'none') window.step = 'warned';
    }
  }

  /** In whole dollars and their hundredths, what may still be lost. */
  left(name: LossWindowName): number {
    const { start } = this.windows[name];
    return (start * LIMITS[name]) / 10_000 - Math.max(0, start - this.#equity);
  }
}

function live(
  session: Session,
  from: number,
  story: readonly Step[],
  restarts: boolean,
  look?: (world: World, ledger: Ledger) => void,
) {
  // One market is enough, and quicker to take up again.
  const symbols = new Map([['EURUSD', symbolPolicy(POLICY, 'EURUSD')]]);
  const policy = policyWith({ session, symbols, position: { partialClose: false } });
  const world = new World(policy);
  const ledger = new Ledger(session);
  let closeAt = Math.floor(from / M5) * M5;
  for (const { bars, equity, restart } of story) {
    closeAt += bars * M5;
    ledger.barOpens(closeAt - M5);
    ledger.mark(equity);
    world.take([barAt('EURUSD', closeAt, 110_000)]);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(10_000), equity: usd(equity) });
    world.monitor();
    if (restart && restarts) world.state = restoreState(policy, JSON.parse(JSON.stringify(snapshotState(world.state))));
    look?.(world, ledger);
  }
  return world;
}

describe('the budgets of windows', () => {
  test('over any bars, gaps, marks and restarts: what may still be lost is what the window began with, less what it lost', () => {
    let [rolled, reached] = [0, 0];
    fc.assert(
      fc.property(anySession, changing, steps, (session, from, story) => {
        const periods = { day: -2, week: -2, month: -2 };
        live(session, from, story, true, ({ state: { account, policy, causes } }, ledger) => {
          for (const name of LOSS_WINDOWS) {
            const { period, startEquity, step } = account.windows[name];
            const { start, ...expected } = ledger.windows[name];
            expect({ name, period, startEquity, step }).toEqual({ name, startEquity: usd(start), ...expected });
            const left = lossLimit(account, name, policy.limits) - lossOf(account, name);
            expect(left).toBe(usd(ledger.left(name)));
            expect(causes.closeOnly[name] !== undefined).toBe(step === 'reached');
            expect(period).toBeGreaterThanOrEqual(periods[name]);
            if (period > periods[name]) rolled += 1;
            if (step === 'reached') reached += 1;
            periods[name] = period;
          }
        });
      }),
      { numRuns: 40 },
    );
    expect(rolled).toBeGreaterThan(200);
    expect(reached).toBeGreaterThan(100);
  });

  test('a life with restarts ends in the state of one without', () => {
    fc.assert(
      fc.property(anySession, changing, steps, (session, from, story) => {
        const [restarted, straight] = [true, false].map((restarts) => live(session, from, story, restarts).state);
        expect(restarted && canonicalState(restarted)).toBe(straight && canonicalState(straight));
      }),
      { numRuns: 20 },
    );
  });
});
