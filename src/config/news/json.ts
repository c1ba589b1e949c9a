/** A calendar as JSON: a list of events, or a block that holds one under `events`. */
import { COLUMN_NAMES, type PlacedEvent, type Written, type WrittenEvent } from './row.ts';

export function readJsonEvents(text: string): Written {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    const line = position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
    return { kind: 'fault', place: line, message: `this is not JSON: ${message}` };
  }
  const list = isRecord(data) ? data['events'] : data;
  if (!Array.isArray(list)) return { kind: 'fault', place: '', message: 'there is no list of events in it' };
  const events: PlacedEvent[] = [];
  for (const [index, each] of list.entries()) {
    const place = `: event ${index + 1}`;
    if (!isRecord(each)) return { kind: 'fault', place, message: 'it is no block of keys' };
    events.push({
      place,
      time: textOf(each, 'time'),
      currency: textOf(each, 'currency'),
      impact: textOf(each, 'impact'),
      title: textOf(each, 'title'),
    });
  }
  return { kind: 'events', events };
}

function textOf(record: Readonly<Record<string, unknown>>, field: keyof WrittenEvent): string {
  for (const name of COLUMN_NAMES[field]) {
    const value = record[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return '';
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
