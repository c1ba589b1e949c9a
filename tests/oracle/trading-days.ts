/** The trading day of a moment as a person finds it: by the wall clock that the platform's own calendar shows. */
const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export function wallClock(zone: string, at: number): { readonly date: number; readonly minutes: number } {
  let format = formats.get(zone);
  if (format === undefined) {
    const two = '2-digit';
    const shown = { year: 'numeric', month: two, day: two, hour: two, minute: two, hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...shown });
    formats.set(zone, format);
  }
  const shown = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = (
    ['year', 'month', 'day', 'hour', 'minute'] as const
  ).map((part) => shown.get(part));
  return { date: Date.UTC(year, month - 1, day) / DAY_MS, minutes: hour * 60 + minute };
}

/** A day that starts in the morning bears the date of its start; one that starts from noon on, the next. */
export function dayByTheClock(zone: string, dayStartMinutes: number, at: number): number {
  const { date, minutes } = wallClock(zone, at);
  const started = minutes >= dayStartMinutes;
  if (dayStartMinutes >= 12 * 60) return started ? date + 1 : date;
  return started ? date : date - 1;
}

/** The Monday that a day's week begins with. */
export const mondayOf = (day: number): number => day - ((new Date(day * DAY_MS).getUTCDay() + 6) % 7);

export const monthOf = (day: number): number => {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
