/** Reads a calendar of economic events: CSV, JSON or iCalendar, told apart by their text. Every fault has its line. */
import type { NewsEvent } from '../../domain/news.ts';
import { UnitError } from '../../domain/units.ts';
import { readCsvEvents } from './csv.ts';
import { readIcsEvents } from './ics.ts';
import { readJsonEvents } from './json.ts';
import { type Clock, clockOf, type PlacedEvent, type ReadEvent, readEvent, type Written } from './row.ts';

export interface ReadNews {
  /** In order of time. */
  readonly events: readonly NewsEvent[];
  /** Left out, because they have no hour. */
  readonly untimed: number;
  /** `:12: what is wrong`; up to ten. */
  readonly faults: readonly string[];
}

const FAULTS_MAX = 10;

export function readNews(text: string, clock: Clock): ReadNews {
  const body = text.replace(/^\uFEFF/, '');
  const written = readWritten(body);
  if (written.kind === 'fault') return { events: [], untimed: 0, faults: [`${written.place}: ${written.message}`] };
  const events: NewsEvent[] = [];
  const faults: string[] = [];
  let untimed = 0;
  for (const each of written.events) {
    const read = readPlaced(each, clock);
    if (read.kind === 'event') events.push(read.event);
    else if (read.kind === 'untimed') untimed += 1;
    else if (faults.push(`${each.place}: ${read.message}`) >= FAULTS_MAX) break;
  }
  if (faults.length === 0 && events.length === 0) faults.push(': there is no event with a time in it');
  return { events: events.sort((a, b) => a.at - b.at), untimed, faults };
}

function readWritten(body: string): Written {
  const start = body.trimStart();
  if (start.startsWith('BEGIN:VCALENDAR')) return readIcsEvents(body);
  return start.startsWith('[') || start.startsWith('{') ? readJsonEvents(body) : readCsvEvents(body);
}

function readPlaced(event: PlacedEvent, clock: Clock): ReadEvent {
  if (event.zone === undefined) return readEvent(event, clock);
  try {
    return readEvent(event, clockOf(event.zone));
  } catch (error) {
    if (error instanceof UnitError) return { kind: 'fault', message: error.message };
    throw error;
  }
}
