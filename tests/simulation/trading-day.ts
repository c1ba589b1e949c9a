/** The trading day of a moment by the platform's own time zones: a second implementation for the servo's calendar to be held against. */

const formats = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of the date that the trading day bears: one that starts at noon or later bears the next date. */
export function tradingDayByPlatform(timezone: string, dayStartMinutes: number, at: number): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    const options = {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    } as const;
    format = new Intl.DateTimeFormat('en-US', { ...options, hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formats.set(timezone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  const date = Date.UTC(year, month - 1, day) / DAY_MS;
  const minutes = 60 * hour + minute;
  if (dayStartMinutes >= 720) return minutes >= dayStartMinutes ? date + 1 : date;
  return minutes >= dayStartMinutes ? date : date - 1;
}
