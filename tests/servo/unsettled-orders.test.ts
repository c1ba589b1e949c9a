/** When an order may be given up: at once behind a fence, else after three agreeing answers over a minute; and when a person must look. */
import { expect, test } from 'vitest';
import type { Broker } from '../../src/domain/ports.ts';
import { UnsettledOrders } from '../../src/servo/unsettled-orders.ts';
import { Rig } from './support/rig.ts';

/** Answers at these seconds: "-" never seen, "?" known and nothing said of it. */
function verdicts(fenced: boolean, ...answers: readonly (readonly [seconds: number, answer: '-' | '?'])[]) {
  const orders = new UnsettledOrders();
  return answers.map(([seconds, answer]) => {
    const { gone, review } = orders.judge(['A'], answer === '-' ? ['A'] : [], fenced, 1_000 * seconds);
    return gone.length > 0 ? 'gone' : review.length > 0 ? 'review' : 'wait';
  });
}

test('behind a fence the first "never seen" is final', () => {
  expect(verdicts(true, [0, '-'])).toEqual(['gone']);
  expect(verdicts(true, [0, '?'], [1, '-'])).toEqual(['wait', 'gone']);
});

test('without one three must agree, over a minute', () => {
  expect(verdicts(false, [0, '-'], [1, '-'], [2, '-'], [59, '-'], [60, '-'])).toEqual([
    'wait',
    'wait',
    'wait',
    'wait',
    'gone',
  ]);
  expect(verdicts(false, [0, '-'], [61, '-'], [62, '-'])).toEqual(['wait', 'wait', 'gone']);
  // One that does not agree begins it anew.
  expect(verdicts(false, [0, '-'], [30, '?'], [60, '-'], [61, '-'], [119, '-'], [120, '-'])).toEqual([
    ...['wait', 'wait', 'wait', 'wait', 'wait'],
    'gone',
  ]);
});

test('what is not settled after five minutes is for a person, and has its time again after the word of one', () => {
  expect(verdicts(true, [0, '?'], [299, '?'], [300, '?'], [301, '?'], [601, '?'])).toEqual([
    ...['wait', 'wait', 'review', 'wait'],
    'review',
  ]);
});

/** Loses the first order on its way; what it answers about it is the test's. */
function losing(broker: Broker, fate: () => Awaited<ReturnType<Broker['statusOf']>>, fences: boolean): Broker {
  let lost = false;
  return {
    ...broker,
    fences,
    submit: (order) => {
      if (lost) return broker.submit(order);
      lost = true;
      return Promise.reject(new Error('connection reset'));
    },
    statusOf: async () => fate(),
  };
}

async function sceneWith(fate: () => Awaited<ReturnType<Broker['statusOf']>>, fences: boolean) {
  const rig = await Rig.start({ ports: (ports) => ({ ...ports, broker: losing(ports.broker, fate, fences) }) });
  rig.model.wants = 'buy';
  await rig.bars(1);
  rig.model.wants = 'nothing';
  const status = () => [...rig.state.orders.values()][0]?.status;
  const seconds = async (count: number) => {
    rig.clock.pass(1_000 * count);
    await rig.run();
  };
  return { rig, status, seconds };
}

test('a broker without a fence: the order stays unknown for a minute, then expires', async () => {
  const { rig, status, seconds } = await sceneWith(() => ({ kind: 'never_seen' }), false);
  expect(status()).toBe('unknown');
  await seconds(30);
  await seconds(29);
  expect(status()).toBe('unknown');
  await seconds(2);
  expect(status()).toBe('expired');
  expect(rig.status).toBe('running');
});

test('an order that the broker knows and says nothing of: a halt that asks for a manual review', async () => {
  const { rig, status, seconds } = await sceneWith(() => ({ kind: 'reports', reports: [] }), true);
  await seconds(299);
  expect(rig.status).toBe('running');
  await seconds(2);
  expect(rig.status).toBe('halted');
  expect(rig.view.reason).toMatch(/^manual review: what became of order EURUSD-\d+-buy-1 cannot be found out$/);
  expect(status()).toBe('unknown');
});
