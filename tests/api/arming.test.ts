/** Arming by the API, from the request to the order: a real servo behind it that takes its account for a real one. */
import { expect, test } from 'vitest';
import { type Reads, servoControl } from '../../src/servo/control.ts';
import { codeAt, liveRig } from '../servo/support/live-rig.ts';
import { apiAround, asked } from './support.ts';

test('the seven conditions are shown, a code arms once, and disarm is one request', async () => {
  const { rig } = await liveRig();
  const facts = () => ({
    nowWallMs: rig.clock.wall(),
    nowMonotonicMs: rig.clock.monotonic(),
    simulated: false,
    watchdogActive: false,
    heartbeatAgoMs: 0,
  });
  const control = servoControl({ servo: rig.servo, reads: {} as Reads, facts });
  const app = await apiAround(control);
  const post = (command: string, payload: object = {}) =>
    app.inject(asked(`/api/v1/control/${command}`, { method: 'POST', payload }));
  const arming = async () => (await app.inject(asked('/api/v1/status'))).json().arming;

  expect(await arming()).toMatchObject({ mayOpen: false, until: null });
  expect((await arming()).conditions.map(({ holds }: { holds: boolean }) => holds)).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    true,
  ]);
  const order = { account: '40071', code: codeAt(rig.clock.wall()), forSeconds: 3_600 };
  expect((await post('arm', { ...order, account: '1' })).json().code).toBe('arming.account_wrong');
  expect((await post('arm', order)).json()).toMatchObject({
    command: 'arm',
    status: 'running',
    message: expect.stringContaining('may open positions until 2026-01-07 10:00 UTC'),
  });
  expect(await arming()).toMatchObject({ mayOpen: true, until: '2026-01-07T10:00:00.000Z' });
  rig.model.wants = 'buy';
  await rig.bars(2);
  expect(rig.state.positions.size).toBe(1);

  expect((await post('disarm')).statusCode).toBe(200);
  expect((await post('disarm')).json().code).toBe('state.not_armed');
  expect((await post('arm', order)).json().code).toBe('arming.code_used');
  expect(await arming()).toMatchObject({ mayOpen: false, until: null });
});
