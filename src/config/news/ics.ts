/** A calendar as iCalendar (RFC 5545): currency and impact are looked for in categories, summary and description. */
import type { PlacedEvent, Written } from './row.ts';

const CODES = 'USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|SEK|NOK|SGD|HKD|MXN|ZAR|PLN|CZK|HUF|TRY|INR|KRW|BRL';
const CURRENCY = new RegExp(`(?<![A-Z])(${CODES})(?![A-Z])`);
const IMPACT = /(?<![a-z])(high|medium|moderate|low)(?![a-z])|(\*{1,3})/i;

interface Open {
  readonly line: number;
  readonly fields: Map<string, { readonly parameters: string; readonly value: string }>;
}

export function readIcsEvents(text: string): Written {
  const events: PlacedEvent[] = [];
  let open: Open | undefined;
  for (const { line, content } of unfolded(text)) {
    if (content === 'BEGIN:VEVENT') open = { line, fields: new Map() };
    else if (content === 'END:VEVENT' && open !== undefined) {
      const { fields } = open;
      if (fields.has('RRULE')) {
        const message = 'an event that repeats itself is not read; export each date by itself';
        return { kind: 'fault', place: `:${open.line}`, message };
      }
      events.push(eventOf(open));
      open = undefined;
    } else {
      const [, name = '', parameters = '', value = ''] = /^([A-Z-]+)((?:;[^:]*)?):(.*)$/.exec(content) ?? [];
      if (!open?.fields.has(name)) open?.fields.set(name, { parameters, value });
    }
  }
  return { kind: 'events', events };
}

/** Without a grade an event counts as high, and without a currency for all: what is not known shall not be traded through. */
function eventOf({ line, fields }: Open): PlacedEvent {
  const value = (name: string) =>
    (fields.get(name)?.value ?? '').replaceAll(/\\([,;])/g, '$1').replaceAll(/\\n/gi, ' ');
  const words = `${value('CATEGORIES')} ${value('SUMMARY')} ${value('DESCRIPTION')}`;
  const [, grade, stars] = IMPACT.exec(words) ?? [];
  return {
    place: `:${line}`,
    time: value('DTSTART'),
    currency: CURRENCY.exec(words)?.[1] ?? '',
    impact: grade ?? stars ?? 'high',
    title: value('SUMMARY'),
    ...zoneOf(fields.get('DTSTART')?.parameters),
  };
}

const zoneOf = (parameters = ''): { readonly zone?: string } => {
  const [, zone] = /;TZID="?([^";:]+)"?/.exec(parameters) ?? [];
  return zone === undefined ? {} : { zone };
};

/** A line that begins with a blank goes on where the one before ended. */
function unfolded(text: string): { line: number; content: string }[] {
  const lines: { line: number; content: string }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/.test(raw) && last !== undefined)
      lines[lines.length - 1] = { ...last, content: last.content + raw.slice(1) };
    else lines.push({ line: index + 1, content: raw });
  }
  return lines;
}
