/** Editing limits: tighter at once, looser with the window, and the journal alone makes the same of it. */
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply } from '../../src/domain/apply.ts';
import {
  EDITABLE,
  isLooser,
  isWithinBounds,
  LIMIT_NAMES,
  type LimitName,
  type LimitValue,
  limitsIn,
} from '../../src/domain/limits/editable.ts';
import { editLimit } from '../../src/domain/limits/edits.ts';
import type { LossWindowName, TradingPolicy } from '../../src/domain/policy.ts';
import { restoreState, snapshotState, stateHash } from '../../src/domain/snapshot.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { POLICY } from './builders.ts';
import { closesIn, holdingWorld, kinds, markedAt, World } from './world.ts';

const hashOf = (state: ServoState): string => stateHash(state, (text) => hash('sha256', text));

function set(world: World, limit: LimitName, value: LimitValue): void {
  editLimit(world.state.policy, { limit, value, by: 'ann', surface: 'cli', reason: 'test' }, world.now, world.emit);
}

const held = (world: World, limit: LimitName): LimitValue => EDITABLE[limit].read(world.state.policy);

const process = { mode: 'paper', dryRun: false, version: '1', configHash: 'h' };

function start(world: World, file: TradingPolicy): void {
  const epoch = world.state.epoch + 1;
  world.emit({
    kind: 'process_started',
    at: world.now,
    epoch,
    ...process,
    startedAt: world.now,
    limits: limitsIn(file),
  });
}

function roll(world: World, ...windows: readonly LossWindowName[]): void {
  const { day, week, month } = world.state.account.windows;
  const next = (name: LossWindowName, period: number) => (windows.includes(name) ? period + 1 : period);
  const periods = { day: next('day', day.period), week: next('week', week.period), month: next('month', month.period) };
  world.emit({ kind: 'windows_rolled', at: world.now, windows, periods });
}

const replayed = (policy: TradingPolicy, { events }: World): ServoState => {
  const state = newState(policy);
  for (const event of events) apply(state, event);
  return state;
};

describe('the table', () => {
  test.each(LIMIT_NAMES)('%s: what is written is read, and nothing else moves', (name) => {
    const { bounds, write, read, optional } = EDITABLE[name];
    const value = bounds.open ? (bounds.min + bounds.max) / 2 : bounds.max;
    const policy = write(POLICY, value);
    expect(read(policy)).toBe(value);
    expect({ ...limitsIn(policy), [name]: 0 }).toEqual({ ...limitsIn(POLICY), [name]: 0 });
    expect(isWithinBounds(name, value)).toBe(true);
    expect(isWithinBounds(name, bounds.max + 1)).toBe(false);
    expect(isWithinBounds(name, Number.NaN)).toBe(false);
    expect(isWithinBounds(name, null)).toBe(optional);
    // Without a limit is looser than any.
    if (optional) expect([isLooser(name, value, null), isLooser(name, null, value)]).toEqual([true, false]);
    else expect(() => write(POLICY, null)).toThrow(EDITABLE[name].key);
  });

  test('ceilings are tighter below, floors above', () => {
    expect(isLooser('max_daily_loss', 0.02, 0.03)).toBe(true);
    expect(isLooser('max_daily_loss', 0.02, 0.01)).toBe(false);
    expect(isLooser('min_margin_level', 2, 1.5)).toBe(true);
    expect(isLooser('min_confidence', 0.6, 0.7)).toBe(false);
    expect(isLooser('max_positions', 3, 3)).toBe(false);
  });
});

describe('when it holds', () => {
  test('tighter at once; looser when the window of the limit begins, and not with another', () => {
    const world = new World();
    set(world, 'max_weekly_loss', 0.01);
    expect(held(world, 'max_weekly_loss')).toBe(0.01);
    set(world, 'max_weekly_loss', 0.2);
    roll(world, 'day');
    expect(held(world, 'max_weekly_loss')).toBe(0.01);
    roll(world, 'day', 'week');
    expect(held(world, 'max_weekly_loss')).toBe(0.2);
    expect(world.all('limit_edited').map(({ from, to, effective }) => [from, to, effective])).toEqual([
      [EDITABLE.max_weekly_loss.read(POLICY), 0.01, 'now'],
      [0.01, 0.2, 'next_window'],
    ]);
  });

  test('a limit without a window of its own is loosened with the next trading day', () => {
    const world = new World();
    const before = held(world, 'max_positions');
    set(world, 'max_positions', 900);
    expect(held(world, 'max_positions')).toBe(before);
    roll(world, 'day');
    expect(held(world, 'max_positions')).toBe(900);
  });

  test('a tightening takes back the loosening that waits', () => {
    const world = new World();
    set(world, 'max_daily_loss', 0.5);
    set(world, 'max_daily_loss', 0.01);
    roll(world, 'day');
    expect(held(world, 'max_daily_loss')).toBe(0.01);
  });

  test('the ladder acts on a tightened daily limit at the next monitor step, and at 75 % of it', () => {
    const world = holdingWorld({
      ...POLICY,
      limits: { ...POLICY.limits, maxLoss: { day: 0.5, week: 0.9, month: 0.9 } },
    });
    markedAt(world, 9_900);
    expect(world.all('ladder_stepped')).toEqual([]);
    // 100 of 125 dollars are 80 %.
    set(world, 'max_daily_loss', 0.0125);
    expect(markedAt(world, 9_900).filter(({ kind }) => kind === 'ladder_stepped')).toMatchObject([{ step: 'warned' }]);
    set(world, 'max_daily_loss', 0.01);
    expect(world.state.causes.closeOnly.day).toBeUndefined();
    const events = markedAt(world, 9_900);
    expect(kinds(events)).toEqual(expect.arrayContaining(['ladder_stepped', 'flatten_started']));
    expect(closesIn(events)).toMatchObject([{ reason: 'daily_loss' }]);
    expect(world.state.causes.closeOnly.day).toMatchObject({ reason: 'daily loss 100 % of its limit' });
  });
});

describe('at a start', () => {
  const withDay = (day: number): TradingPolicy => EDITABLE.max_daily_loss.write(POLICY, day);

  test.each([
    ['the file was left as it was', 0.04, 0.02],
    ['the file was tightened further', 0.01, 0.01],
    ['the file was loosened', 0.09, 0.02],
  ])('the tighter of journal and file holds: %s', (_, file, expected) => {
    const world = new World(withDay(0.04));
    start(world, withDay(0.04));
    set(world, 'max_daily_loss', 0.02);
    const state = replayed(withDay(file), world);
    expect(EDITABLE.max_daily_loss.read(state.policy)).toBe(0.02);
    start(Object.assign(world, { state }), withDay(file));
    expect(held(world, 'max_daily_loss')).toBe(expected);
  });

  test('a file that is tightened and then loosened again leaves the word of the journal', () => {
    const world = new World(withDay(0.04));
    set(world, 'max_daily_loss', 0.02);
    start(world, withDay(0.01));
    start(world, withDay(0.04));
    expect(held(world, 'max_daily_loss')).toBe(0.02);
  });

  test('a loosening that waits is no reason for a file to loosen first, and a file that does not follow holds it down', () => {
    const world = new World(withDay(0.04));
    set(world, 'max_daily_loss', 0.06);
    start(world, withDay(0.08));
    expect(held(world, 'max_daily_loss')).toBe(0.04);
    start(world, withDay(0.05));
    roll(world, 'day');
    expect(held(world, 'max_daily_loss')).toBe(0.05);
  });

  test('a journal that began before limits were edited is taken as it is', () => {
    const world = new World(withDay(0.04));
    set(world, 'max_daily_loss', 0.02);
    const at = world.now;
    world.emit({ kind: 'process_started', at, epoch: 9, ...process, startedAt: at });
    expect(held(world, 'max_daily_loss')).toBe(0.02);
  });
});

describe('whatever is said', () => {
  const WINDOWS_OF: Record<LossWindowName, readonly LossWindowName[]> = {
    day: ['day'],
    week: ['day', 'week'],
    month: ['day', 'week', 'month'],
  };
  const anyValueOf = (name: LimitName) => {
    const { bounds, unit, optional } = EDITABLE[name];
    const number =
      unit === 'count'
        ? fc.integer({ min: bounds.min, max: bounds.max })
        : fc.double({
            min: bounds.min,
            max: bounds.max,
            noNaN: true,
            minExcluded: !!bounds.open,
            maxExcluded: !!bounds.open,
          });
    return optional ? fc.option(number) : number;
  };
  const step = fc.constantFrom(...LIMIT_NAMES).chain((limit) =>
    fc.oneof(
      { weight: 4, arbitrary: anyValueOf(limit).map((value) => ({ kind: 'set' as const, limit, value })) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom<LossWindowName>('day', 'week', 'month')
          .map((window) => ({ kind: 'roll' as const, window })),
      },
      { weight: 1, arbitrary: fc.constant({ kind: 'start' as const }) },
    ),
  );

  test('no limit is ever looser than it was, within its window; and journal and picture give the same state', () => {
    let edits = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 6, maxLength: 40 }), (steps) => {
        const world = new World();
        for (const each of steps) {
          const before = limitsIn(world.state.policy);
          if (each.kind === 'set') set(world, each.limit, each.value);
          else if (each.kind === 'roll') roll(world, ...WINDOWS_OF[each.window]);
          else start(world, POLICY);
          edits += 1;
          const rolled = each.kind === 'roll' ? WINDOWS_OF[each.window] : [];
          const loosened = LIMIT_NAMES.filter(
            (name) =>
              isLooser(name, before[name], limitsIn(world.state.policy)[name]) &&
              !rolled.includes(EDITABLE[name].window),
          );
          expect(loosened).toEqual([]);
        }
        expect(hashOf(replayed(POLICY, world))).toBe(hashOf(world.state));
        const picture = restoreState(POLICY, JSON.parse(JSON.stringify(snapshotState(world.state))));
        expect(limitsIn(picture.policy)).toEqual(limitsIn(world.state.policy));
        expect(hashOf(picture)).toBe(hashOf(world.state));
      }),
      { numRuns: 60 },
    );
    expect(edits).toBeGreaterThan(300);
  });

  test('two states that differ in a limit differ in their hash, and not by when it was said', () => {
    const edited = (value: number, ahead: number) => {
      const world = new World();
      const at = (world.now + ahead) as typeof world.now;
      editLimit(
        world.state.policy,
        { limit: 'max_positions', value, by: 'ann', surface: 'cli', reason: '' },
        at,
        world.emit,
      );
      return hashOf(world.state);
    };
    expect(edited(1, 0)).toBe(edited(1, 777));
    expect(edited(1, 0)).not.toBe(edited(2, 0));
    expect(edited(1, 0)).not.toBe(hashOf(new World().state));
  });
});
