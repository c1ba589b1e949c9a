/** `max_errors` errors of one component in a row stop entries for the cooldown, while monitoring and exits go on; a second one halts. */
import { expect, test } from 'vitest';
import type { ServoPorts } from '../../src/servo/servo-parts.ts';
import { TIMINGS } from '../support/world.ts';
import { Rig, rigConfig } from './support/rig.ts';

const MAX_ERRORS = 3;
const COOLDOWN_MS = 300_000;
const HOUR_MS = 3_600_000;
const timings = { maxErrors: MAX_ERRORS, errorCooldownMs: COOLDOWN_MS, timeoutMs: 50 };

/** Breaks one component of a rig, and mends it. */
interface Fault {
  readonly ports?: (broken: () => boolean) => (ports: ServoPorts) => ServoPorts;
  readonly set?: (rig: Rig, broken: boolean) => void;
}

const FAULTS: Record<string, Fault & { readonly component: string; readonly words: RegExp }> = {
  'a predictor that throws': {
    component: 'predictor',
    words: /model_failed: out of memory/,
    set: (rig, broken) => {
      rig.model.instead = broken ? () => Promise.reject(new Error('out of memory')) : undefined;
    },
  },
  'a predictor that hangs': {
    component: 'predictor',
    words: /timeout: a prediction took longer than 50 ms/,
    set: (rig, broken) => {
      rig.model.instead = broken ? () => new Promise(() => {}) : undefined;
    },
  },
  'a predictor that answers with nothing': {
    component: 'predictor',
    words: /model_failed: 0 answers to 1 questions/,
    set: (rig, broken) => {
      rig.model.instead = broken ? async () => [] : undefined;
    },
  },
  'a feed that throws': {
    component: 'feed',
    words: /feed: the file is gone/,
    set: (rig, broken) => {
      rig.market.fault = broken ? 'the file is gone' : undefined;
    },
  },
  'a broker whose reports cannot be read': {
    component: 'broker',
    words: /broker: asked for its reports after \d+: no route/,
    ports: (broken) => (ports) => ({
      ...ports,
      broker: {
        ...ports.broker,
        reportsAfter: (cursor) =>
          broken() ? Promise.reject(new Error('no route')) : ports.broker.reportsAfter(cursor),
      },
    }),
  },
  'a broker that hangs': {
    component: 'broker',
    words: /broker: a call of the broker took longer than 50 ms/,
    ports: (broken) => (ports) => ({
      ...ports,
      broker: {
        ...ports.broker,
        onBars: (bars) => (broken() ? new Promise(() => {}) : ports.broker.onBars(bars)),
      },
    }),
  },
};

async function rigWith({ ports, set }: Fault) {
  let broken = false;
  const rig = await Rig.start({ timings, ...(ports && { ports: ports(() => broken) }) });
  const breakIt = (now: boolean) => {
    broken = now;
    set?.(rig, now);
  };
  return { rig, breakIt };
}

const errorsOf = (rig: Rig, name: string) =>
  rig.view.components.find(({ component }) => component === name)?.errorsInARow;

for (const [what, { component, words, ...fault }] of Object.entries(FAULTS)) {
  test(`${what}: counted, reset by one success, and at ${MAX_ERRORS} in a row a cooldown that only stops entries`, async () => {
    const { rig, breakIt } = await rigWith(fault);
    rig.model.wants = 'buy';
    await rig.bars(2);
    expect(rig.state.positions.size).toBe(1);
    const [before] = rig.state.positions.values();

    breakIt(true);
    for (let error = 1; error < MAX_ERRORS; error++) {
      await rig.bars(1);
      expect(errorsOf(rig, component)).toBe(error);
    }
    expect(rig.status).toBe('running');
    breakIt(false);
    await rig.bars(1);
    expect(errorsOf(rig, component)).toBe(0);

    breakIt(true);
    await rig.bars(...Array<number>(MAX_ERRORS).fill(1));
    const until = new Date(rig.clock.wall() + COOLDOWN_MS).toISOString();
    expect(rig.view).toMatchObject({ status: 'cooldown', by: 'servo', cooldownUntil: until, entriesAllowed: false });
    expect(rig.view.reason).toMatch(words);
    expect(rig.store.outbox.pending(10).map(({ kind }) => kind)).toContain('cooldown');

    // The stop goes on trailing, the target closes, and what the model wants is refused.
    breakIt(false);
    await rig.bars(30);
    const [after] = rig.state.positions.values();
    expect(after?.stopLoss).toBeGreaterThan(before?.stopLoss ?? 0);
    await rig.bars(200);
    expect(rig.state.positions.size).toBe(0);
    await rig.bars(1);
    expect(rig.of('decision_made').at(-1)?.decision).toMatchObject({ reason: 'status_forbids_opening' });

    rig.clock.pass(COOLDOWN_MS - 1);
    await rig.bars(1);
    expect(rig.status).toBe('cooldown');
    rig.clock.pass(1);
    await rig.bars(1);
    await rig.bars(1);
    expect(rig.status).toBe('running');
    expect(rig.state.positions.size).toBe(1);
  });
}

test('a denial and a rejection are no errors', async () => {
  const config = rigConfig((shipped) => ({ ...shipped, paper: { ...shipped.paper, rejectionProbability: 1 } }));
  const rig = await Rig.start({ timings, config });
  rig.model.wants = 'buy';
  for (let i = 0; i < 8; i++) {
    await rig.bars(1);
    rig.clock.pass(TIMINGS.retryDelayMs);
  }
  rig.say('pause');
  await rig.bars(1, 1, 1, 1, 1);
  expect(rig.of('order_changed').filter(({ change }) => change === 'reject').length).toBeGreaterThanOrEqual(5);
  expect(rig.view.components.every(({ errorsInARow }) => errorsInARow === 0)).toBe(true);
  expect(rig.status).toBe('paused');
});

/** Errors of the feed until its budget is spent. */
async function spendBudget(rig: Rig): Promise<void> {
  rig.market.fault = 'gone';
  for (let i = 0; i < MAX_ERRORS; i++) await rig.run();
  rig.market.fault = undefined;
}

test('a second cooldown within an hour halts; after an hour it is a first one again', async () => {
  for (const [laterMs, status] of [
    [HOUR_MS - 1, 'halted'],
    [HOUR_MS, 'cooldown'],
  ] as const) {
    const rig = await Rig.start({ timings });
    await spendBudget(rig);
    rig.clock.pass(laterMs);
    await rig.run();
    expect(rig.status).toBe('running');
    await spendBudget(rig);
    expect(rig.status).toBe(status);
    if (status === 'halted') expect(rig.view.reason).toBe('a second cooldown within an hour: feed: gone');
  }
});

test('errors during a cooldown do not prolong it', async () => {
  const rig = await Rig.start({ timings });
  await spendBudget(rig);
  rig.clock.pass(COOLDOWN_MS - 10);
  await spendBudget(rig);
  rig.clock.pass(10);
  await rig.run();
  expect(rig.status).toBe('running');
});

test('a cooldown ends on the monotonic clock, whatever happens to the wall clock', async () => {
  for (const jumpMs of [-12 * HOUR_MS, 12 * HOUR_MS]) {
    const rig = await Rig.start({ timings });
    await spendBudget(rig);
    rig.clock.jumpWall(jumpMs);
    rig.clock.pass(COOLDOWN_MS - 1);
    await rig.run();
    expect(rig.status).toBe('cooldown');
    rig.clock.pass(1);
    await rig.run();
    expect(rig.state.causes.cooldown).toBeUndefined();
  }
});

test('a restart serves what is left of a cooldown, and never more than it was set for', async () => {
  const rig = await Rig.start({ timings });
  await spendBudget(rig);
  const { cooldownUntil } = rig.view;
  rig.clock.pass(COOLDOWN_MS / 3);
  const next = await rig.restarted();
  expect(next.view).toMatchObject({ status: 'cooldown', cooldownUntil, reason: '3 feed errors in a row: feed: gone' });
  next.clock.pass((2 * COOLDOWN_MS) / 3 - 1);
  await next.run();
  expect(next.status).toBe('cooldown');
  // While nobody was there, somebody has set the clock back.
  next.clock.jumpWall(-12 * HOUR_MS);
  const again = await next.restarted();
  again.clock.pass(COOLDOWN_MS - 1);
  await again.run();
  expect(again.status).toBe('cooldown');
  again.clock.pass(1);
  await again.run();
  expect(again.status).toBe('running');
});

test('a cooldown that ended while the servo was off is over at the first sweep', async () => {
  const rig = await Rig.start({ timings });
  await spendBudget(rig);
  rig.clock.pass(COOLDOWN_MS);
  const next = await rig.restarted();
  await next.run();
  expect(next.status).toBe('running');
  await spendBudget(next);
  expect(next.status).toBe('halted');
});

test('a prediction for a bar that is past by the time it comes is not used for the bar after', async () => {
  const rig = await Rig.start({ timings: { ...timings, timeoutMs: 60_000 } });
  const [answers, { promise, resolve }] = [rig.model.predict.bind(rig.model), Promise.withResolvers<void>()];
  rig.model.wants = 'buy';
  rig.model.instead = async () => {
    rig.model.instead = undefined;
    const answer = await answers([{ symbol: 'EURUSD', values: new Float64Array() }]);
    await promise;
    return answer;
  };
  rig.market.move(1);
  await rig.servo.advance('ingest');
  const late = rig.servo.advance('predict');
  await rig.servo.watch();
  rig.market.move(1);
  rig.model.wants = 'nothing';
  await rig.servo.watch();
  resolve();
  await late;
  expect(rig.of('signal_made')).toEqual([]);
  expect(rig.of('signal_dropped')).toHaveLength(1);
  await rig.run();
  expect(rig.of('decision_made').map(({ decision }) => decision)).toMatchObject([{ reason: 'signal_flat' }]);
});
