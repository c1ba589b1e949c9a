/** The ladder of trust: who has a say, how fast it climbs, how slowly it comes back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Grade } from '../../src/domain/guards/grade.ts';
import { gradeOf } from '../../src/domain/guards/grade.ts';
import {
  type GuardReadings,
  LADDER_POLICY,
  type LadderPolicy,
  type LadderState,
  nextTrust,
  TRUST_STEPS,
  TRUSTED,
} from '../../src/domain/guards/ladder.ts';

const policy: LadderPolicy = {
  minSamples: { dissimilarity: 10, drift: 10, calibration: 10 },
  raiseAfter: 2,
  lowerAfter: 3,
  shadowAfter: 6,
};

const readings = (drift: Grade, calibration: Grade = 'calm', samples = 100): GuardReadings => ({
  dissimilarity: null,
  drift: { samples, grade: drift },
  calibration: { samples, grade: calibration },
});

/** The step after each reading. */
function steps(given: readonly GuardReadings[], from: LadderState = TRUSTED): string[] {
  let state = from;
  return given.map((one) => {
    state = nextTrust(state, one, policy).state;
    return state.step;
  });
}

const times = (count: number, one: GuardReadings): GuardReadings[] => Array<GuardReadings>(count).fill(one);

test('grades by thresholds; a number that is none acts', () => {
  expect([0.5, 1, 1.5, 2, 2.5, Number.NaN].map((value) => gradeOf(value, 1, 2))).toEqual([
    'calm',
    'calm',
    'warn',
    'warn',
    'act',
    'act',
  ]);
});

describe('climbing', () => {
  test.each([
    ['one guard warns', readings('warn'), 'warn'],
    ['two guards warn', readings('warn', 'warn'), 'warn'],
    ['one guard acts', readings('act'), 'shrink'],
    ['one acts and one warns', readings('act', 'warn'), 'shrink'],
    ['two guards act', readings('act', 'act'), 'shadow'],
  ] as const)('%s: after two readings in a row', (_, reading, step) => {
    expect(steps([reading, reading])).toEqual(['trust', step]);
    expect(steps([reading, readings('calm'), reading, readings('calm')])).toEqual(['trust', 'trust', 'trust', 'trust']);
  });

  test('one guard that acts for long puts the model in the shadow', () => {
    expect(steps(times(7, readings('act')))).toEqual([
      'trust',
      'shrink',
      'shrink',
      'shrink',
      'shrink',
      'shrink',
      'shadow',
    ]);
  });

  test('a guard with few samples, or none, has no say', () => {
    expect(steps(times(5, readings('act', 'act', 9))).at(-1)).toBe('trust');
    expect(steps(times(5, { dissimilarity: null, drift: null, calibration: null })).at(-1)).toBe('trust');
  });

  test('says which guards are the reason, and when the step changed', () => {
    const first = nextTrust(TRUSTED, readings('act', 'warn'), policy);
    expect(first).toMatchObject({ changed: false, because: ['drift', 'calibration'] });
    const second = nextTrust(first.state, readings('act'), policy);
    expect(second).toMatchObject({ changed: true, because: ['drift'], state: { step: 'shrink' } });
    expect(nextTrust(second.state, readings('act'), policy).changed).toBe(false);
  });
});

describe('coming back', () => {
  const shadow: LadderState = { step: 'shadow', above: 0, below: 0, acting: 0 };

  test('one step after each three calm readings in a row', () => {
    expect(steps(times(9, readings('calm')), shadow)).toEqual([
      'shadow',
      'shadow',
      'shrink',
      'shrink',
      'shrink',
      'warn',
      'warn',
      'warn',
      'trust',
    ]);
  });

  test('not below what the guards still ask for', () => {
    expect(steps(times(8, readings('warn')), shadow).at(-1)).toBe('warn');
  });

  test('a reading that asks for the step again starts the count anew', () => {
    const flicker = [readings('calm'), readings('calm'), readings('act', 'act')];
    expect(new Set(steps([...flicker, ...flicker, ...flicker], shadow))).toEqual(new Set(['shadow']));
  });
});

test('whatever the readings: one step down at most, up only after enough in a row, and JSON carries it on', () => {
  const grade = fc.constantFrom<Grade>('calm', 'warn', 'act');
  const sequences = fc.array(fc.tuple(grade, grade), { maxLength: 60 });
  fc.assert(
    fc.property(sequences, (grades) => {
      let state = TRUSTED;
      let sinceChange = 0;
      for (const [drift, calibration] of grades) {
        const before = TRUST_STEPS.indexOf(state.step);
        const outcome = nextTrust(JSON.parse(JSON.stringify(state)), readings(drift, calibration), policy);
        const after = TRUST_STEPS.indexOf(outcome.state.step);
        sinceChange++;
        expect(outcome.changed).toBe(after !== before);
        expect(after).toBeGreaterThanOrEqual(before - 1);
        if (after > before) expect(sinceChange).toBeGreaterThanOrEqual(policy.raiseAfter);
        if (after < before) expect(sinceChange).toBeGreaterThanOrEqual(policy.lowerAfter);
        if (outcome.changed) sinceChange = 0;
        state = outcome.state;
      }
    }),
  );
});

test('the shipped policy falls faster than it trusts', () => {
  expect(LADDER_POLICY.raiseAfter).toBeLessThan(LADDER_POLICY.lowerAfter);
  expect(LADDER_POLICY.raiseAfter).toBeLessThan(LADDER_POLICY.shadowAfter);
});
