/** Real money: a servo that is not armed decides and opens nothing; armed, it trades until the time is over or something ends it. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { configuredRules } from '../../src/broker/paper/configured-rules.ts';
import { apply } from '../../src/domain/apply.ts';
import { watchArming } from '../../src/domain/arming.ts';
import { START_LOOP } from '../../src/domain/live.ts';
import { moneyFromUnits, unixMs } from '../../src/domain/units.ts';
import { AGREE_EVERY_MS } from '../../src/servo/agreement.ts';
import { rebuildState } from '../../src/servo/book.ts';
import { type Sender, sendOrders } from '../../src/servo/send-orders.ts';
import { startVenue } from '../broker/fake-venue/start-venue.ts';
import { tcpBroker } from '../broker/fake-venue/tcp-broker.ts';
import { rulesToWire } from '../broker/fake-venue/wire.ts';
import { HOUR_MS, LIVE_POLICY, VENUE } from '../domain/live-builders.ts';
import { hashOf } from '../support/world.ts';
import { arm, codeAt, LiveWorld, liveRig, openedAs } from './support/live-rig.ts';
import { Rig, rigConfig } from './support/rig.ts';

const lastDecision = (rig: Rig) => rig.of('decision_made').at(-1)?.decision;
const notArmed = (rig: Rig) => lastDecision(rig)?.verdicts.find(({ check }) => check === 'not_armed');
const failing = (rig: Rig) =>
  (rig.view.arming?.conditions ?? []).flatMap(({ condition, holds }) => (holds ? [] : [condition]));

/** Its entries wait at the venue, a hundredth of the price away. */
const patient = rigConfig((config) => ({
  ...config,
  execution: {
    ...config.execution,
    order: { ...config.execution.order, type: 'stop', stopOffset: 0.01, timeInForce: 'gtc' },
  },
}));

async function wantingRig(world?: LiveWorld) {
  const live = await liveRig(world);
  live.rig.model.wants = 'buy';
  return live;
}

describe('from the shadow to trades and back', () => {
  test('unarmed it decides, says which condition fails, and sends nothing', async () => {
    const { rig } = await wantingRig();
    await rig.bars(2, 2);
    expect(rig.of('signal_made').length).toBeGreaterThan(0);
    expect(lastDecision(rig)).toMatchObject({ outcome: 'denied', reason: 'not_armed' });
    expect(notArmed(rig)).toEqual({
      check: 'not_armed',
      passed: false,
      value: '6 armed (not armed)',
      limit: 'all 7 hold',
    });
    expect(rig.state.ordersSent).toBe(0);
    expect(rig.view).toMatchObject({
      status: 'running',
      entriesAllowed: false,
      arming: { mayOpen: false, until: null },
    });
  });

  test('armed it trades; a halt closes all and disarms; after the reset it must be armed anew', async () => {
    const { rig } = await wantingRig();
    const answer = arm(rig);
    expect(answer).toMatchObject({ accepted: true, message: expect.stringContaining('ARMED: account 40071') });
    expect(rig.view).toMatchObject({
      entriesAllowed: true,
      arming: { mayOpen: true, until: '2026-01-07T17:00:00.000Z' },
    });
    await rig.bars(2);
    expect(rig.state.positions.size).toBe(1);

    rig.say('halt', 'something smells');
    await rig.bars(1);
    expect(rig.state.positions.size).toBe(0);
    expect(rig.state.live).toMatchObject({ disarmed: { by: 'anna', reason: 'halted: something smells' } });
    expect(rig.state.live?.armed).toBeUndefined();
    rig.clock.pass(60_000);
    expect(arm(rig)).toMatchObject({ accepted: false, code: 'halted' });
    rig.say('reset', 'it did not');
    await rig.run();
    await rig.bars(1, 1);
    expect(lastDecision(rig)).toMatchObject({ reason: 'not_armed' });
    expect(arm(rig)).toMatchObject({ accepted: true });
    await rig.bars(1, 1);
    expect(rig.state.positions.size).toBe(1);
  });

  test('disarmed, exits and stops go on, and a halt by the servo itself ends an arming too', async () => {
    const { rig } = await wantingRig();
    arm(rig);
    await rig.bars(2);
    expect(rig.say('disarm', 'lunch')).toMatchObject({ accepted: true });
    expect(rig.say('disarm')).toMatchObject({ accepted: false, code: 'not_armed' });
    rig.say('flatten');
    await rig.bars(1);
    expect(rig.state.positions.size).toBe(0);
    rig.say('resume');
    rig.clock.pass(60_000);
    arm(rig);
    for (let i = 0; i < 2; i++) {
      for (let errors = 0; errors < 5; errors++) rig.servo.noteError(new Error('no'), 'feed');
      rig.clock.pass(300_000);
      await rig.run();
    }
    expect(rig.status).toBe('halted');
    expect(rig.state.live?.disarmed?.reason).toContain('halted: a second cooldown within an hour');
  });

  test('entries that wait at the venue are taken back when the arming ends', async () => {
    const { rig } = await liveRig(undefined, { config: patient });
    rig.model.wants = 'buy';
    arm(rig);
    await rig.bars(2);
    expect((await rig.broker.snapshot()).workingOrderIds).toHaveLength(1);
    rig.say('disarm');
    await rig.run();
    expect((await rig.broker.snapshot()).workingOrderIds).toEqual([]);
    expect([...rig.state.orders.values()].map(({ status }) => status)).toContain('cancelled');
  });

  test('a venue that takes its permission back is heard within a minute, and what waits there is taken back', async () => {
    const { rig, world } = await liveRig(undefined, { config: patient });
    rig.model.wants = 'buy';
    arm(rig);
    await rig.bars(2);
    expect((await rig.broker.snapshot()).workingOrderIds).toHaveLength(1);
    world.say({}, { allowsLive: false });
    rig.clock.pass(AGREE_EVERY_MS);
    await rig.run();
    await rig.bars(1);
    expect(failing(rig)).toEqual(['venue']);
    expect((await rig.broker.snapshot()).workingOrderIds).toEqual([]);
    world.say({});
    rig.clock.pass(AGREE_EVERY_MS);
    await rig.run();
    // The arming itself still holds.
    expect(failing(rig)).toEqual([]);
  });
});

describe('the end of an arming', () => {
  test('comes by itself, by the wall’s clock', async () => {
    const { rig } = await wantingRig();
    arm(rig, { forMs: HOUR_MS });
    rig.clock.pass(HOUR_MS - 1);
    await rig.run();
    expect(rig.state.live?.armed).toBeDefined();
    rig.clock.pass(1);
    await rig.bars(2);
    expect(rig.of('disarmed')).toMatchObject([{ by: 'servo', reason: 'its time is over' }]);
    expect(lastDecision(rig)).toMatchObject({ reason: 'not_armed' });
  });

  test('between the decision and the send is found in the transaction that sends', async () => {
    const { rig } = await wantingRig();
    arm(rig, { forMs: HOUR_MS });
    rig.market.move(2);
    for (const stage of ['ingest', 'predict', 'risk-gate'] as const) await rig.servo.advance(stage);
    expect(lastDecision(rig)).toMatchObject({ outcome: 'approved' });
    rig.clock.pass(HOUR_MS);
    await rig.servo.advance('execute');
    const [order] = rig.state.orders.values();
    expect(order).toMatchObject({
      status: 'denied',
      detail: expect.stringMatching(/^not_armed: 6 armed \(disarmed .*its time is over\) against all 7 hold$/),
    });
    expect(rig.state.ordersSent).toBe(0);
  });

  test('by a hair before the send is found too: the transaction that sends looks at the time itself', async () => {
    const { rig } = await wantingRig();
    arm(rig, { forMs: HOUR_MS });
    rig.market.move(2);
    for (const stage of ['ingest', 'predict', 'risk-gate'] as const) await rig.servo.advance(stage);
    const state = rebuildState(rig.servo.policy, rig.store);
    const sent: string[] = [];
    const over = unixMs(rig.clock.wall() + HOUR_MS);
    const sender: Sender = {
      clock: rig.clock,
      state: () => state,
      commit: (decide) => decide(state, (event) => apply(state, event)),
      guard: (_, call) => call(),
      broker: {
        ...rig.broker,
        submit: async ({ intent }) => {
          sent.push(intent.orderId);
          return [];
        },
      },
      watch: (present, emit) => watchArming(present, over, emit),
      noteError: () => undefined,
    };
    await sendOrders(sender, 'all');
    expect(sent).toEqual([]);
    expect([...state.orders.values()]).toMatchObject([
      { status: 'denied', detail: expect.stringMatching(/^not_armed/) },
    ]);
  });

  test('is not put off by a clock that is set back', async () => {
    const { rig } = await wantingRig();
    arm(rig, { forMs: HOUR_MS });
    rig.clock.jumpWall(-10 * 60_000);
    rig.clock.pass(HOUR_MS);
    await rig.run();
    expect(rig.of('disarmed')).toMatchObject([{ reason: 'its time is over' }]);
  });

  test('and not by one that was set back while the process was off', async () => {
    const { rig } = await wantingRig();
    arm(rig);
    rig.clock.jumpWall(-1);
    const next = await rig.restarted();
    expect(next.of('disarmed')).toMatchObject([{ reason: 'the clock stands before the time of the arming' }]);
  });

  test('comes when the process keeps starting; a restart or two keep it', async () => {
    const { rig } = await wantingRig();
    arm(rig);
    let next = rig;
    for (let starts = 1; starts < START_LOOP.starts; starts++) {
      next.clock.pass(60_000);
      next = await next.restarted();
      expect(next.state.live?.armed?.starts).toHaveLength(starts);
      expect(next.view.arming?.mayOpen).toBe(true);
    }
    const looped = await next.restarted();
    expect(looped.of('disarmed')).toMatchObject([{ by: 'servo', reason: '3 starts within 10 minutes' }]);
    expect(looped.view.arming?.mayOpen).toBe(false);
  });

  test('does not come of starts that lie apart', async () => {
    const { rig } = await wantingRig();
    arm(rig);
    let next = rig;
    for (let starts = 0; starts < 4; starts++) {
      next.clock.pass(START_LOOP.withinMs / 2);
      next = await next.restarted();
    }
    expect(next.of('disarmed')).toEqual([]);
    expect(next.view.arming?.mayOpen).toBe(true);
  });
});

describe('who may arm', () => {
  test('a wrong number, a wrong code and a used one are refused, remembered and told', async () => {
    const { rig } = await wantingRig();
    expect(arm(rig, { account: '40072' })).toMatchObject({ accepted: false, code: 'account_wrong' });
    expect(arm(rig, { code: '000000' })).toMatchObject({ accepted: false, code: 'code_wrong' });
    expect(arm(rig, { code: 'abcdef' })).toMatchObject({ accepted: false, code: 'code_wrong' });
    const code = codeAt(rig.clock.wall());
    expect(arm(rig, { code })).toMatchObject({ accepted: true });
    rig.say('disarm');
    expect(arm(rig, { code })).toMatchObject({ accepted: false, code: 'code_used' });
    expect(arm(rig, { code: codeAt(rig.clock.wall() - 30_000) })).toMatchObject({ accepted: false, code: 'code_used' });
    const next = await rig.restarted();
    expect(arm(next, { code })).toMatchObject({ accepted: false, code: 'code_used' });
    expect(rig.of('arming_failed').map(({ why }) => why)).toEqual([
      'account_wrong',
      'code_wrong',
      'code_wrong',
      'code_used',
      'code_used',
    ]);
    expect(next.view.entriesAllowed).toBe(false);
    next.clock.pass(30_000);
    expect(arm(next)).toMatchObject({ accepted: true });
  });

  test('after five failures nothing is looked at for a quarter of an hour, not even a right code, and not after a restart', async () => {
    const { rig } = await wantingRig();
    for (let i = 0; i < 5; i++) arm(rig, { code: '000000' });
    expect(arm(rig)).toMatchObject({ accepted: false, code: 'arming_locked' });
    expect(rig.of('arming_failed')).toHaveLength(5);
    const next = await rig.restarted();
    next.clock.pass(15 * 60_000 - 1);
    expect(arm(next)).toMatchObject({ code: 'arming_locked' });
    next.clock.pass(1);
    expect(arm(next)).toMatchObject({ accepted: true });
  });

  test('nobody by Telegram, nobody on paper, nobody without a number, a code and a time', async () => {
    const { rig } = await wantingRig();
    const command = { name: 'arm', by: 'user 1', reason: '' } as const;
    const arming = { account: '40071', forMs: HOUR_MS, code: codeAt(rig.clock.wall()) };
    expect(rig.servo.command({ ...command, surface: 'telegram', arming })).toMatchObject({ code: 'surface_forbidden' });
    expect(rig.servo.command({ ...command, surface: 'api' })).toMatchObject({ code: 'arming_incomplete' });
    for (const forMs of [0, 59_999, 86_400_001, Number.NaN]) {
      expect(arm(rig, { forMs })).toMatchObject({ code: 'arming_incomplete' });
    }
    const paper = await Rig.start();
    expect(arm(paper)).toMatchObject({ accepted: false, code: 'not_live' });
    expect(paper.view.arming).toBeNull();
    expect(paper.say('disarm')).toMatchObject({ code: 'not_armed' });
  });

  test('not while another condition fails: the answer says which', async () => {
    const world = new LiveWorld();
    world.say({ implicitLimits: ['risk.on_limit'], queueDoubt: 'its append-only file is off' }, { tradeMode: 'demo' });
    const { rig } = await wantingRig(world);
    const answer = arm(rig);
    expect(answer).toMatchObject({ accepted: false, code: 'conditions_fail' });
    expect(answer.message).toBe(
      'Not armed. What fails: 2 identity (it is a demo account); 4 limits (1 limit is left to the default: risk.on_limit); ' +
        '5 ground (the queue server is not durable: its append-only file is off).',
    );
    const without = new LiveWorld();
    without.say({ secondFactor: false });
    expect(arm((await wantingRig(without)).rig)).toMatchObject({ code: 'no_second_factor' });
  });

  test('the code stands nowhere: not in the journal, not in an alert, not in an answer', async () => {
    const { rig } = await wantingRig();
    const code = codeAt(rig.clock.wall());
    const answers = [arm(rig, { code }), arm(rig, { code })];
    const written = JSON.stringify([answers, [...rig.store.entriesAfter(0)], rig.store.outbox.pending(100)]);
    expect(written).toContain('LIVE TRADING IS ARMED');
    expect(written).not.toContain(code);
  });
});

describe('what the arming rests on', () => {
  test('another model is not armed, and the one before is again', async () => {
    const { rig, world } = await wantingRig();
    arm(rig);
    world.serves = 'hand@2';
    await rig.bars(2);
    expect(notArmed(rig)?.value).toBe('5 ground (EURUSD is served by hand@2, armed was hand@1)');
    world.serves = 'hand@1';
    await rig.bars(2);
    expect(lastDecision(rig)).toMatchObject({ outcome: 'approved' });
    world.serves = 'hand@2';
    await rig.bars(2);
    rig.clock.pass(60_000);
    expect(arm(rig)).toMatchObject({ accepted: true });
    expect(failing(rig)).toEqual([]);
  });

  test('a new process must look for itself before anything is opened', async () => {
    const { rig, world } = await wantingRig();
    arm(rig);
    world.silent = true;
    const next = await rig.next();
    await expect(next.servo.start()).rejects.toThrow('asked whose account it is: the venue cannot say');
    expect(next.state.live?.facts).toBeUndefined();
    expect(failing(next)).toContain('identity');
  });

  test('a look that fails is an error of the broker, and changes nothing of what was known', async () => {
    const { rig, world } = await wantingRig();
    arm(rig);
    world.silent = true;
    rig.clock.pass(AGREE_EVERY_MS);
    await rig.run();
    expect(world.asked).toBe(2);
    expect(rig.view.components.find(({ component }) => component === 'broker')).toBeDefined();
    expect(failing(rig)).toEqual([]);
    expect(rig.of('live_checked')).toHaveLength(1);
  });

  test('three in a row, and what it said before counts no more; nor does one that came in between', async () => {
    const { rig, world } = await wantingRig();
    arm(rig);
    const lookAgain = async (silent: boolean) => {
      world.silent = silent;
      rig.clock.pass(AGREE_EVERY_MS);
      await rig.run();
    };
    for (const silent of [true, true, false, true, true]) await lookAgain(silent);
    expect(failing(rig)).toEqual([]);
    await lookAgain(true);
    expect(failing(rig)).toEqual(['identity', 'own_book', 'venue']);
    await lookAgain(false);
    expect(failing(rig)).toEqual([]);
  });

  test('a clock that jumped: nothing is opened until it is steady, and the arming holds', async () => {
    const { rig } = await wantingRig();
    arm(rig);
    rig.clock.jumpWall(5_000);
    await rig.run();
    await rig.bars(2);
    expect(notArmed(rig)?.value).toContain("the machine's clock jumped by 5.0 s");
    rig.clock.pass(60_000);
    await rig.run();
    expect(failing(rig)).toEqual([]);
  });

  test('a paper book does not open for real money, nor the other way round', async () => {
    const { rig } = await wantingRig();
    await rig.close();
    expect(() => openedAs(`${rig.folder}/servo.db`, 'paper')).toThrow(
      `belongs to account ${LIVE_POLICY.book} in live mode, not to ${LIVE_POLICY.book} in paper mode`,
    );
  });
});

describe('the venue’s own limits', () => {
  test('bound the size: what is larger than its largest order is not asked for', async () => {
    const world = new LiveWorld();
    world.say({}, { maxLots: 0.03 });
    const { rig } = await wantingRig(world);
    arm(rig);
    await rig.bars(2);
    expect(lastDecision(rig)?.sizing).toMatchObject({ cappedBy: 'venue_lots', quantity: 3 });
  });

  test('that came down since the decision keep the order from being sent', async () => {
    const { rig, world } = await wantingRig();
    arm(rig);
    rig.market.move(2);
    for (const stage of ['ingest', 'predict', 'risk-gate'] as const) await rig.servo.advance(stage);
    expect(lastDecision(rig)?.sizing?.quantity).toBeGreaterThan(1);
    world.say({}, { maxLots: 0.01 });
    rig.clock.pass(AGREE_EVERY_MS);
    await rig.servo.advance('monitor');
    await rig.servo.advance('execute');
    const [order] = rig.state.orders.values();
    expect(order).toMatchObject({ status: 'denied', detail: expect.stringContaining('venue_lots leaves 1') });
  });

  test('and its word, over a line: armed it trades; what makes no sense changes nothing; what is taken back is told', async () => {
    const venue = await startVenue({
      rules: rulesToWire({ ...configuredRules(rigConfig()), fillRule: 'pessimistic' }),
      opening: moneyFromUnits(10_000),
      identity: VENUE,
    });
    onTestFinished(() => venue.stop());
    const broker = tcpBroker(venue.port);
    onTestFinished(() => broker.close());
    const world = new LiveWorld();
    const rig = await Rig.start({ live: LIVE_POLICY, ports: (ports) => ({ ...world.ports(ports), broker }) });
    expect(failing(rig)).toEqual(['armed']);
    rig.model.wants = 'buy';
    arm(rig);
    await rig.bars(2);
    expect(rig.state.positions.size).toBe(1);
    rig.model.wants = 'nothing';

    for (const nonsense of [{ login: 40_071 }, { server: 'x'.repeat(65) }, { server: 'a\nb' }, { maxLots: 'all' }]) {
      for (const identity of [{ ...VENUE, ...nonsense }, VENUE]) {
        await venue.tell({ method: 'identity', identity: identity as never });
        rig.clock.pass(AGREE_EVERY_MS);
        await rig.run();
        expect(failing(rig)).toEqual([]);
      }
    }
    await venue.tell({ method: 'identity', identity: { ...VENUE, password: 'canary' } as never });
    rig.clock.pass(AGREE_EVERY_MS);
    await rig.run();
    expect(JSON.stringify([...rig.store.entriesAfter(0)])).not.toContain('canary');
    await venue.tell({ method: 'identity', identity: { ...VENUE, login: '40072', allowsLive: false } });
    rig.clock.pass(AGREE_EVERY_MS);
    await rig.run();
    expect(failing(rig)).toEqual(['identity', 'venue']);
    const told = rig.store.outbox
      .pending(20)
      .find(({ kind, severity }) => kind === 'arming' && severity === 'critical');
    expect(told?.text).toBe(
      "Armed, and nothing is opened: 2 identity (the venue's account is 40072, configured is 40071); " +
        '7 venue (its own permission for live trading is off).',
    );
    rig.say('flatten');
    await rig.bars(1);
    expect(rig.state.positions.size).toBe(0);
  });
});

test('replay is exact: from the journal alone, and from a snapshot, it is armed as it was', async () => {
  const { rig } = await wantingRig();
  arm(rig, { code: '000000' });
  arm(rig);
  await rig.bars(2);
  rig.say('disarm', 'lunch');
  rig.clock.pass(60_000);
  arm(rig);
  const { state } = rig;
  const replayed = rebuildState(rig.servo.policy, rig.store);
  expect(replayed.live).toEqual(state.live);
  expect(hashOf(replayed)).toBe(hashOf(state));
  await rig.servo.end();
  const fromSnapshot = rebuildState(rig.servo.policy, rig.store);
  expect(rig.store.loadSnapshot()?.sequence).toBe(rig.store.lastSequence());
  expect(fromSnapshot.live).toEqual(state.live);
  expect(fromSnapshot.live?.armed?.until).toBe(unixMs(rig.clock.wall() + 8 * HOUR_MS));
});
