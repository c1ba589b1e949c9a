/** The time of a row as text, read strictly, and the words for one that is none. */
import { placeOf, type RowLayout } from './row-layout.ts';

const DATE = /^(\d{4})([-./])(\d\d)\2(\d\d)$/;
const CLOCK = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/;

type WallTime = { readonly cell: string } & (
  | { readonly kind: 'time'; readonly wallMs: number }
  | { readonly kind: 'fault'; readonly message: string }
);

export function readWallTime(layout: RowLayout, cells: readonly string[]): WallTime {
  const at = (place: number) => (place < 0 ? '' : (cells[place] ?? '').trim());
  const seconds = placeOf(layout, 'epochSeconds');
  const epoch = seconds < 0 ? placeOf(layout, 'epochMs') : seconds;
  if (epoch >= 0) return readEpoch(at(epoch), seconds < 0 ? 1 : 1000);
  const datePlace = placeOf(layout, 'date');
  if (datePlace < 0) return readDateTime(at(placeOf(layout, 'time')), layout.zulu);
  const clockPlace = placeOf(layout, 'clock');
  const cell = clockPlace < 0 ? at(datePlace) : `${at(datePlace)} ${at(clockPlace)}`;
  return read(cell, at(datePlace), clockPlace < 0 ? '00:00' : at(clockPlace), 'write it like 2019.10.11 18:05');
}

function readEpoch(cell: string, unitMs: number): WallTime {
  if (/^\d{9,14}$/.test(cell)) return { kind: 'time', cell, wallMs: Number(cell) * unitMs };
  return {
    kind: 'fault',
    cell,
    message: `time is ${shown(cell)}, not a count of ${unitMs === 1 ? 'milliseconds' : 'seconds'} since 1970`,
  };
}

/** An offset of zero is as good as a Z. */
function readDateTime(cell: string, zulu: boolean): WallTime {
  const [, date = '', clock = '', mark = ''] = /^(.{10})[T ](.*?)(Z|\+00:00)?$/.exec(cell) ?? [];
  const hint = zulu ? 'write it like 2019-10-11T18:05:00Z' : 'write it like 2019-10-11 18:05';
  return read(cell, zulu === (mark !== '') ? date : '', clock, hint, zulu ? ', not a time in UTC' : undefined);
}

function read(cell: string, date: string, clock: string, hint: string, what = ', not a time'): WallTime {
  const [, year = '', , month = '', day = ''] = DATE.exec(date) ?? [];
  const [, hour = '', minute = '', second = '0', fraction = '0'] = CLOCK.exec(clock) ?? [];
  const dateMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const sound = year >= '1970' && Number(month) <= 12 && new Date(dateMs).getUTCDate() === Number(day);
  if (!sound || hour === '' || hour > '23' || minute > '59' || Number(second) > 59) {
    return { kind: 'fault', cell, message: `time is ${shown(cell)}${what}; ${hint}` };
  }
  const timeMs = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000;
  return { kind: 'time', cell, wallMs: dateMs + timeMs + Number(fraction.padEnd(3, '0')) };
}

/** A cell as a message quotes it. */
export const shown = (cell: string): string => JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
