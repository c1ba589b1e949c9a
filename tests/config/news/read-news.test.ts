/** Calendars of economic events: the formats there are, and every fault with its line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNews } from '../../../src/config/news/read-news.ts';
import { clockOf } from '../../../src/config/news/row.ts';
import { add, edit, load, refusal, temporaryFolder } from '../base-config.ts';

const UTC = clockOf('UTC');
const SERVER = clockOf('America/New_York+7h');

/** Each event in one line. */
function lines(text: string, clock = UTC): string[] {
  const { events, faults } = readNews(text, clock);
  expect(faults).toEqual([]);
  return events.map(
    ({ at, currency, impact, title }) => `${new Date(at).toISOString().slice(0, 16)} ${currency} ${impact} ${title}`,
  );
}

const PAYROLLS = ['2026-01-09T13:30 USD high Nonfarm Payrolls'];

describe('a calendar', () => {
  test.each<[string, string, typeof UTC?]>([
    ['own CSV', 'time,currency,impact,title\n2026-01-09 13:30,USD,high,Nonfarm Payrolls\n'],
    ['CSV with a zone in it', 'time,currency,impact,title\r\n2026-01-09T08:30:00-05:00,USD,High,Nonfarm Payrolls\r\n'],
    [
      'CSV of the trade server',
      'Date;Time;Country;Importance;Event\n2026.01.09;15:30;US;CALENDAR_IMPORTANCE_HIGH;Nonfarm Payrolls',
      SERVER,
    ],
    ['CSV with tabs and stars', 'datetime\tcurrency\tevent\timpact\n2026-01-09 13:30:00\tusd\tNonfarm Payrolls\t***'],
    [
      'CSV with quotes',
      '"title","time","currency","impact"\n"Nonfarm Payrolls","2026-01-09 13:30","USD","High Impact Expected"',
    ],
    ['CSV of numbers', '\uFEFFtime,currency,importance,name\n2026-01-09 13:30,USD,3,Nonfarm   Payrolls'],
    ['JSON', '[{"time":"2026-01-09T13:30:00Z","currency":"USD","impact":"high","title":"Nonfarm Payrolls"}]'],
    [
      'JSON as Forex Factory writes it',
      '[{"title":"Nonfarm Payrolls","country":"USD","date":"2026-01-09T08:30:00-05:00","impact":"High","forecast":"70K","previous":""}]',
    ],
    [
      'JSON in a block',
      '{"events":[{"date":"2026-01-09 13:30","country":"US","importance":3,"name":"Nonfarm Payrolls"}]}',
    ],
    [
      'ICS',
      'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260109T133000Z\r\nSUMMARY:Nonfarm\r\n  Payrolls\r\nCATEGORIES:USD,High\r\nEND:VEVENT\r\nEND:VCALENDAR',
    ],
    [
      'ICS with the zone of an event',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=America/New_York:20260109T083000\nSUMMARY:Nonfarm Payrolls\nDESCRIPTION:United States\\, USD\nEND:VEVENT\nEND:VCALENDAR',
    ],
  ])('as %s', (_, text, clock) => {
    expect(lines(text, clock)).toEqual(PAYROLLS);
  });

  test('follows the clock of its times through daylight saving', () => {
    const text =
      'time,currency,impact\n2026.03.06 15:30,USD,high\n2026.03.13 15:30,USD,high\n2026.03.27 15:30,USD,high';
    // New York changes on 8 March: 15:30 of its clock and seven hours is 13:30 before, 12:30 after.
    expect(lines(text, SERVER).map((line) => line.slice(0, 16))).toEqual([
      '2026-03-06T13:30',
      '2026-03-13T12:30',
      '2026-03-27T12:30',
    ]);
    expect(lines(text, clockOf('UTC+2')).map((line) => line.slice(11, 16))).toEqual(['13:30', '13:30', '13:30']);
  });

  test('is put in order; events for all, grades in other words, and quotes within quotes', () => {
    const text =
      'time,currency,impact,title\n2026-01-09 13:30,ALL,moderate,"G7 ""meeting"", day 1"\n2026-01-08 10:00,,holiday,Rest\n2026-01-08 11:00,DE,1,Ifo';
    expect(lines(text)).toEqual([
      '2026-01-08T10:00 ALL low Rest',
      '2026-01-08T11:00 EUR low Ifo',
      '2026-01-09T13:30 ALL medium G7 "meeting", day 1',
    ]);
  });

  test('leaves out what has no hour, and counts it', () => {
    const text =
      'date,time,currency,impact,title\n2026-01-09,13:30,USD,high,a\n2026-01-09,All Day,USD,high,b\n2026-01-09,Tentative,USD,high,c\n2026-01-09,,USD,high,d';
    expect(readNews(text, UTC)).toMatchObject({ untimed: 3, faults: [], events: [{ title: 'a' }] });
  });
});

describe('a fault', () => {
  const HEADER = 'time,currency,impact,title\n';
  test.each([
    ['nothing', '', ': the file is empty'],
    ['only a header', HEADER, ': there is no event with a time in it'],
    ['no currency', 'time,impact\n', ':1: the header names no currency; write time,currency,impact,title'],
    ['an unclear date', `${HEADER}01/09/2026 13:30,USD,high,x`, ':2: time is "01/09/2026 13:30"; write it like'],
    ['a date that is none', `${HEADER}\n2026-02-30 13:30,USD,high,x`, ':3: time is "2026-02-30 13:30"'],
    ['an hour that is none', `${HEADER}2026-02-20 24:30,USD,high,x`, ':2: time is "2026-02-20 24:30"'],
    ['a currency in words', `${HEADER}2026-02-20 13:30,Dollar,high,x`, ':2: currency is "Dollar"'],
    ['another grade', `${HEADER}2026-02-20 13:30,USD,huge,x`, ':2: impact is "huge"; write high, medium or low'],
    ['a short line', `${HEADER}2026-02-20 13:30,USD`, ':2: 2 cells under a header of 4'],
    ['broken JSON', '[\n{"time": 1,}\n]', ':2: this is not JSON'],
    ['JSON of another shape', '{"news": []}', ': there is no list of events in it'],
    ['a number for an event', '[1]', ': event 1: it is no block of keys'],
    ['an event without an impact', '[{"time":"2026-02-20 13:30","currency":"USD"}]', ': event 1: impact is ""'],
    [
      'an event that repeats itself',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260109T133000Z\nRRULE:FREQ=MONTHLY\nEND:VEVENT',
      ':2: an event that repeats itself is not read',
    ],
    [
      'a zone of Windows',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID="Eastern Standard Time":20260109T133000\nSUMMARY:USD\nEND:VEVENT',
      ':2: "Eastern Standard Time" is no clock',
    ],
  ])('of %s', (_, text, expected) => {
    const { faults } = readNews(text, UTC);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(expected);
  });

  test('is one of ten at most', () => {
    const text = HEADER + '2026-01-09 13:30,USD,huge,x\n'.repeat(50);
    expect(readNews(text, UTC).faults).toHaveLength(10);
  });
});

describe('trading.news', () => {
  const text = (keys: string) => edit('models:', `  news: { file: news.csv${keys} }\nmodels:`);
  const loaded = (csv: string, keys = '') => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'news.csv'), csv);
    return load(text(keys), {}, folder);
  };
  const CSV =
    'time,currency,impact,title\n2026-01-09 13:30,USD,high,a\n2026-01-10 10:00,JPY,high,b\n2026-01-12 10:00,EUR,medium,c\n';

  test('keeps what counts for the symbols, knows what it covers, and says so', () => {
    const { trading, notes } = loaded(CSV, ', before: 20');
    expect(trading.news).toMatchObject({
      events: [{ title: 'a', currency: 'USD' }],
      knownFrom: Date.parse('2026-01-09T00:00Z'),
      knownTo: Date.parse('2026-01-13T00:00Z'),
      beforeMs: 20 * 60_000,
      whenUnknown: 'refuse',
    });
    expect(notes).toContain(
      'news: 1 events count of 3 in news.csv; it covers 2026-01-09 to 2026-01-12, and other times are refused',
    );
    expect(loaded(CSV, ', least_impact: medium').trading.news?.events.map(({ title }) => title)).toEqual(['a', 'c']);
  });

  test('another content is another configuration', () => {
    expect(loaded(CSV).configHash).toBe(loaded(CSV).configHash);
    expect(loaded(CSV.replace('13:30', '13:31')).configHash).not.toBe(loaded(CSV).configHash);
  });

  test('a fault in the calendar is a fault of the configuration, with both lines', () => {
    const { message } = refusal(() => loaded(CSV.replace('2026-01-10', '2026-13-10')));
    expect(message).toContain('config.yaml:17:17  error  trading.news.file: news.csv:3: time is "2026-13-10 10:00"');
  });

  test('a file that is not there, a clock that is none', () => {
    expect(refusal(() => load(text(''))).message).toContain('trading.news.file: news.csv cannot be read: ENOENT');
    expect(refusal(() => loaded(CSV, ', clock: Athens')).message).toContain('"Athens" is no clock; write UTC');
  });

  test('without a file there is no calendar', () => {
    expect(load(add('')).trading.news).toBeUndefined();
  });
});
