/** The seven conditions of live trading, each alone: what fails it, and the words it is told in. */
import { describe, expect, test } from 'vitest';
import type { LiveFacts, LiveState } from '../../src/domain/live.ts';
import {
  type ArmingQuestion,
  conditionsOf,
  failingWords,
  judgeConditions,
  LIVE_CONDITIONS,
  type LiveCondition,
  mayOpen,
} from '../../src/domain/live-conditions.ts';
import { newState } from '../../src/domain/state.ts';
import { unixMs } from '../../src/domain/units.ts';
import { NOON, POLICY } from './builders.ts';
import { armedWith, factsWith, LIVE_POLICY } from './live-builders.ts';

const SOUND: ArmingQuestion = {
  policy: LIVE_POLICY,
  live: { facts: factsWith(), armed: armedWith() },
  reconciled: true,
  clockTrouble: undefined,
  models: new Map([['EURUSD', 'm@1']]),
};

const given = (facts: LiveFacts): ArmingQuestion => ({ ...SOUND, live: { ...SOUND.live, facts } });
const unarmed = (live: LiveState): ArmingQuestion => ({ ...SOUND, live: { facts: factsWith(), ...live } });

test('all hold, each in words', () => {
  expect(judgeConditions(SOUND)).toEqual([
    { condition: 'mode', holds: true, text: 'mode: live in the file and --mode live, no dry-run' },
    { condition: 'identity', holds: true, text: 'account 40071 on Broker-Live, a real one' },
    {
      condition: 'own_book',
      holds: true,
      text: 'database, queue and lock of live-Broker-Live-40071, orders tagged 777',
    },
    { condition: 'limits', holds: true, text: 'every limit stands in the file' },
    {
      condition: 'ground',
      holds: true,
      text: 'the books agree, the queue server is durable, the models are pinned, the clock is steady',
    },
    { condition: 'armed', holds: true, text: 'by anna until 2024-03-04 13:00 UTC' },
    { condition: 'venue', holds: true, text: 'allows live trading, at most 0.5 lots an order' },
  ]);
});

const ROWS: readonly (readonly [LiveCondition, ArmingQuestion, string])[] = [
  ['mode', given(factsWith({ fileMode: 'paper' })), 'the file says mode: paper'],
  ['mode', given(factsWith({ flagMode: null })), '--mode live was not given'],
  ['mode', given(factsWith({ flagMode: 'paper' })), '--mode paper was given'],
  ['mode', given(factsWith({ dryRun: true })), 'it is a dry-run'],
  ['identity', given(factsWith({}, { login: '9' })), "the venue's account is 9, configured is 40071"],
  ['identity', given(factsWith({}, { server: 'X' })), "the venue's server is X, configured is Broker-Live"],
  ['identity', given(factsWith({}, { tradeMode: 'demo' })), 'it is a demo account'],
  ['identity', given(factsWith({}, { tradeMode: 'contest' })), 'it is a contest account'],
  ['identity', { ...SOUND, policy: { ...LIVE_POLICY, login: null } }, 'account.login is not given'],
  ['identity', { ...SOUND, policy: { ...LIVE_POLICY, server: null } }, 'account.server is not given'],
  [
    'own_book',
    given(factsWith({ stamp: { account: 'paper-simulator-7', mode: 'paper' } })),
    'the database belongs to paper-simulator-7 in paper mode, not to live-Broker-Live-40071 in live mode',
  ],
  [
    'own_book',
    given(factsWith({ stamp: { account: LIVE_POLICY.book, mode: 'paper' } })),
    'the database belongs to live-Broker-Live-40071 in paper mode, not to live-Broker-Live-40071 in live mode',
  ],
  ['own_book', given(factsWith({ stamp: null })), 'no database is open'],
  ['own_book', given(factsWith({ queuePrefix: 'servo' })), "the queue's prefix servo is not this account's own"],
  ['own_book', given(factsWith({ locked: false })), 'the account is not locked for this process'],
  ['own_book', given(factsWith({}, { tag: 1 })), 'the venue tags our orders 1, not 777'],
  [
    'limits',
    given(factsWith({ implicitLimits: ['risk.on_limit', 'mandate.buffer'] })),
    '2 limits are left to the default: risk.on_limit, mandate.buffer',
  ],
  ['ground', { ...SOUND, reconciled: false }, 'the books are not compared with the broker'],
  ['ground', given(factsWith({ queueDoubt: 'no file' })), 'the queue server is not durable: no file'],
  ['ground', { ...SOUND, clockTrouble: 'it jumped' }, 'it jumped'],
  ['ground', { ...SOUND, models: new Map([['EURUSD', undefined]]) }, 'no model is pinned for EURUSD'],
  ['ground', { ...SOUND, models: new Map([['EURUSD', 'm@2']]) }, 'EURUSD is served by m@2, armed was m@1'],
  [
    'ground',
    { ...SOUND, models: new Map([...SOUND.models, ['XAUUSD', 'm@1']]) },
    'XAUUSD is served by m@1, armed was none',
  ],
  ['armed', unarmed({}), 'not armed'],
  [
    'armed',
    unarmed({ disarmed: { by: 'ben', at: unixMs(NOON), reason: 'lunch' } }),
    'disarmed 2024-03-04 12:00 UTC by ben: lunch',
  ],
  [
    'armed',
    { ...SOUND, live: { facts: factsWith({ secondFactor: false }) } },
    'not armed; no secret for one-time codes: account.totp_secret',
  ],
  ['venue', given(factsWith({}, { allowsLive: false })), 'its own permission for live trading is off'],
  ['venue', given(factsWith({}, { maxLots: null })), 'it has no maximum of its own for the lots of an order'],
  ['venue', given(factsWith({}, { maxLots: 0 })), 'it has no maximum of its own for the lots of an order'],
  ['venue', given(factsWith({}, { maxLots: Number.NaN })), 'it has no maximum of its own for the lots of an order'],
];

describe('each fails alone', () => {
  test.each(ROWS)('%s #%#', (condition, question, text) => {
    const failing = judgeConditions(question).filter(({ holds }) => !holds);
    expect(failing).toEqual([{ condition, holds: false, text }]);
    expect(failingWords(judgeConditions(question))).toBe(
      `${LIVE_CONDITIONS.indexOf(condition) + 1} ${condition.replace('_', ' ')} (${text})`,
    );
  });

  test('every condition was failed', () => {
    expect(new Set(ROWS.map(([condition]) => condition))).toEqual(new Set(LIVE_CONDITIONS));
  });
});

test('what was not looked at does not hold, and a venue that is silent has said nothing', () => {
  const blind = judgeConditions({ ...SOUND, live: { armed: armedWith() } });
  expect(blind.filter(({ holds }) => holds).map(({ condition }) => condition)).toEqual(['armed']);
  const silent = judgeConditions(given(factsWith({}, null))).filter(({ holds }) => !holds);
  expect(silent.map(({ condition }) => condition)).toEqual(['identity', 'own_book', 'venue']);
});

test('where the money is not real the question does not exist; where it is, nothing may be opened at first', () => {
  expect(conditionsOf(newState(POLICY))).toBeUndefined();
  expect(mayOpen(newState(POLICY))).toBe(true);
  expect(mayOpen(newState({ ...POLICY, live: LIVE_POLICY }))).toBe(false);
});
