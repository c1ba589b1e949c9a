/** The usual hours of each asset class at CFD and FX brokers; a broker's own win over them. */
import type { AssetClass } from '../instrument.ts';
import type { MarketDay } from './market-day.ts';
import type { MarketHours, WeeklySession } from './market-hours.ts';

const DAY = 1_440;
const NEW_YEAR: MarketDay = { kind: 'yearly', month: 1, day: 1 };
const GOOD_FRIDAY: MarketDay = { kind: 'good_friday' };
const CHRISTMAS: MarketDay = { kind: 'yearly', month: 12, day: 25 };

/** By the day of New York, which ends at 17:00. */
const newYork = (sessions: readonly WeeklySession[], holidays: readonly MarketDay[]): MarketHours => ({
  timezone: 'America/New_York',
  sessions,
  dayStartMinutes: 17 * 60,
  holidays,
  earlyCloses: [],
});

/** From Sunday to Friday, with an hour's rest at the end of each day. */
const WITH_DAILY_BREAK = [0, 1, 2, 3, 4].map((day) => ({
  opensAt: day * DAY + 18 * 60,
  closesAt: (day + 1) * DAY + 17 * 60,
}));

export const BUILT_IN_HOURS: Readonly<Record<AssetClass, MarketHours>> = {
  fx: newYork([{ opensAt: 17 * 60, closesAt: 5 * DAY + 17 * 60 }], [NEW_YEAR, CHRISTMAS]),
  metal: newYork(WITH_DAILY_BREAK, [NEW_YEAR, GOOD_FRIDAY, CHRISTMAS]),
  index: newYork(WITH_DAILY_BREAK, [NEW_YEAR, GOOD_FRIDAY, CHRISTMAS]),
  crypto: {
    timezone: 'UTC',
    sessions: [{ opensAt: 0, closesAt: 7 * DAY }],
    dayStartMinutes: 0,
    holidays: [],
    earlyCloses: [],
  },
};
