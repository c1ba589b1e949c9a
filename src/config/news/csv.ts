/** A calendar as a table: a header that names the columns, and a line for each event. */
import { COLUMN_NAMES, type PlacedEvent, type Written, type WrittenEvent } from './row.ts';

const FIELDS = Object.keys(COLUMN_NAMES) as (keyof WrittenEvent)[];

export function readCsvEvents(text: string): Written {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== '');
  const header = lines[first];
  if (header === undefined) return { kind: 'fault', place: '', message: 'the file is empty' };
  const separator = [';', '\t', ','].find((each) => header.includes(each)) ?? ',';
  const names = cellsOf(header, separator).map((name) => name.trim().toLowerCase().replaceAll(' ', '_'));
  const places = placesOf(names);
  const missing = FIELDS.filter((field) => field !== 'title' && places[field] < 0);
  if (missing.length > 0) {
    const message = `the header names no ${missing.join(' and no ')}; write time,currency,impact,title`;
    return { kind: 'fault', place: `:${first + 1}`, message };
  }
  // A date and the hour in two columns.
  const hour = names.indexOf('date') >= 0 ? names.indexOf('time') : -1;
  const events: PlacedEvent[] = [];
  for (let i = first + 1; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.trim() === '') continue;
    const cells = cellsOf(line, separator);
    if (cells.length < names.length) {
      const message = `${cells.length} cells under a header of ${names.length}`;
      return { kind: 'fault', place: `:${i + 1}`, message };
    }
    const cell = (place: number) => (cells[place] ?? '').trim();
    const time = hour < 0 ? cell(places.time) : `${cell(names.indexOf('date'))} ${cell(hour)}`.trim();
    events.push({
      place: `:${i + 1}`,
      time,
      currency: cell(places.currency),
      impact: cell(places.impact),
      title: cell(places.title),
    });
  }
  return { kind: 'events', events };
}

const placesOf = (names: readonly string[]): Record<keyof WrittenEvent, number> => {
  const place = (field: keyof WrittenEvent) =>
    COLUMN_NAMES[field].map((name) => names.indexOf(name)).find((each) => each >= 0) ?? -1;
  return { time: place('time'), currency: place('currency'), impact: place('impact'), title: place('title') };
};

/** Cells may be in quotes, and a quote within is doubled. */
function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cell = new RegExp(`${separator}(?:"((?:[^"]|"")*)"|([^${separator}]*))`, 'g');
  return [...`${separator}${line}`.matchAll(cell)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
