/** Whether a moment is near an event: against a look at every event, and by hand at the edges. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNewsKnown, type NewsEvent, type NewsPolicy, newsNear } from '../../src/domain/news.ts';
import { unixMs } from '../../src/domain/units.ts';
import { NOON } from './builders.ts';
import { decided, expectDenied, SOUND } from './gate-scene.ts';
import { instrumentOf } from './random-bars.ts';

const MINUTE = 60_000;
const EURUSD = instrumentOf('EURUSD');
const event = (minute: number, currency: string): NewsEvent => ({
  at: unixMs(NOON + minute * MINUTE),
  currency,
  impact: 'high',
  title: currency,
});
const policyOf = (events: readonly NewsEvent[], before: number, after: number): NewsPolicy => ({
  events: events.toSorted((a, b) => a.at - b.at),
  beforeMs: before * MINUTE,
  afterMs: after * MINUTE,
  knownFrom: unixMs(NOON - 1_440 * MINUTE),
  knownTo: unixMs(NOON + 1_440 * MINUTE),
  whenUnknown: 'refuse',
});

describe('an event is near', () => {
  test.each([
    ['exactly as long before as asked', 30, 15, 30, false],
    ['a minute less before', 30, 15, 29, true],
    ['at its moment', 30, 15, 0, true],
    ['at its moment, with times after it alone', 0, 15, 0, true],
    ['at its moment, with times before it alone', 30, 0, 0, true],
    ['a minute after, with times before it alone', 30, 0, -1, false],
    ['a minute less after', 30, 15, -14, true],
    ['exactly as long after as asked', 30, 15, -15, false],
    ['at its moment, and no time is asked for', 0, 0, 0, false],
  ])('%s', (_, before, after, minute, near) => {
    const news = policyOf([event(minute, 'USD')], before, after);
    expect(newsNear(news, EURUSD, unixMs(NOON)) !== undefined).toBe(near);
  });

  test('where it is of what is bought, of what is paid with, or of all', () => {
    const near = (currency: string) => newsNear(policyOf([event(5, currency)], 30, 30), EURUSD, unixMs(NOON))?.currency;
    expect(['EUR', 'USD', 'ALL', 'JPY', 'XAU'].map(near)).toEqual(['EUR', 'USD', 'ALL', undefined, undefined]);
  });

  test('to a window of one’s own', () => {
    const news = policyOf([event(5, 'USD')], 0, 0);
    expect(newsNear(news, EURUSD, unixMs(NOON))).toBeUndefined();
    expect(newsNear(news, EURUSD, unixMs(NOON), { beforeMs: 6 * MINUTE, afterMs: 0 })?.title).toBe('USD');
  });

  test('exactly when one of all events is, and the earliest is named', () => {
    const anyEvent = fc.tuple(fc.integer({ min: -200, max: 200 }), fc.constantFrom('EUR', 'USD', 'JPY', 'ALL'));
    const seen = { near: 0, apart: 0 };
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), fc.nat(40), fc.nat(40), (list, before, after) => {
        const events = list.map(([minute, currency]) => event(minute, currency));
        const expected = events
          .filter(({ currency }) => currency !== 'JPY')
          .map(({ at }) => at - NOON)
          .filter((ahead) =>
            ahead === 0 ? before + after > 0 : ahead > 0 ? ahead < before * MINUTE : -ahead < after * MINUTE,
          );
        const found = newsNear(policyOf(events, before, after), EURUSD, unixMs(NOON));
        seen[found === undefined ? 'apart' : 'near'] += 1;
        expect(found && found.at - NOON).toBe(expected.length === 0 ? undefined : Math.min(...expected));
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.near, seen.apart)).toBeGreaterThan(200);
  });
});

describe('a time that the calendar does not cover', () => {
  const at = (knownTo: number, whenUnknown: NewsPolicy['whenUnknown']) =>
    decided({
      ...SOUND,
      policy: { ...SOUND.policy, news: { ...policyOf([], 30, 30), knownTo: unixMs(knownTo), whenUnknown } },
    });

  test('is refused, with what it covers', () => {
    const { verdicts } = expectDenied(at(NOON, 'refuse'), 'news_blackout');
    expect(verdicts.find(({ check }) => check === 'news_blackout')).toMatchObject({
      value: 'not covered by the calendar',
      limit: '2024-03-03 12:00 to 2024-03-04 12:00',
    });
    expect(at(NOON + 1, 'refuse').outcome).toBe('approved');
  });

  test('is allowed where that is asked for', () => {
    expect(at(NOON, 'allow').outcome).toBe('approved');
  });

  test('a time that is none is not covered', () => {
    expect(isNewsKnown(policyOf([], 0, 0), Number.NaN as typeof SOUND.now)).toBe(false);
  });
});
