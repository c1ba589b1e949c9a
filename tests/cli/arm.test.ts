/** `servo arm`: it shows what fails before it asks, and sends what was typed. */
import { expect, test } from 'vitest';
import { arm } from '../../src/cli/arm.ts';
import type { ServoClient } from '../../src/cli/client.ts';
import { judgeConditions } from '../../src/domain/live-conditions.ts';
import type { armingView } from '../../src/servo/arming-view.ts';
import { factsWith, LIVE_POLICY } from '../domain/live-builders.ts';

const conditionsWith = (maxLots: number | null) =>
  judgeConditions({
    policy: LIVE_POLICY,
    live: { facts: factsWith({}, { maxLots }) },
    reconciled: true,
    clockTrouble: undefined,
    models: new Map([['EURUSD', 'm@1']]),
  });

type Arming = ReturnType<typeof armingView>;

function servoWith(arming: Arming) {
  const posted: unknown[] = [];
  const client = {
    get: async () => ({ arming, account: { account: 'the account' } }),
    post: async (path: string, body: unknown) => {
      posted.push([path, body]);
      return { message: 'ARMED', status: 'running' };
    },
  } as unknown as ServoClient;
  return { client, posted };
}

function answering(...answers: string[]) {
  const asked: string[] = [];
  const question = async (text: string) => {
    asked.push(text);
    return answers.shift() ?? '';
  };
  return { asked, question };
}

const HOUR = { for: 3_600_000 };

test('asks for the number and the code, and sends both as they were typed', async () => {
  const { client, posted } = servoWith({ mayOpen: false, until: null, conditions: conditionsWith(1) });
  const { asked, question } = answering(' 40071 ', '123 456');
  expect(await arm(client, { ...HOUR, reason: 'payrolls are over' }, question)).toMatchObject({ message: 'ARMED' });
  expect(asked).toEqual([expect.stringContaining("The account's number: "), 'The code of the authenticator: ']);
  expect(asked.join()).not.toContain('40071');
  expect(posted).toEqual([
    ['/api/v1/control/arm', { account: '40071', code: '123456', forSeconds: 3_600, reason: 'payrolls are over' }],
  ]);
});

test('shows all seven and asks nothing while another condition fails', async () => {
  const { client, posted } = servoWith({ mayOpen: false, until: null, conditions: conditionsWith(null) });
  const { asked, question } = answering();
  const failure = await arm(client, HOUR, question).catch((error) => error);
  expect(failure).toMatchObject({ exitCode: 5 });
  const lines = failure.message.split('\n');
  expect(lines).toHaveLength(8);
  expect(lines[4]).toBe('✓ 4 limits    every limit stands in the file');
  expect(lines[7]).toBe('✗ 7 venue     it has no maximum of its own for the lots of an order');
  expect([asked, posted]).toEqual([[], []]);
});

test('has nothing to do on paper', async () => {
  const { client, posted } = servoWith(null);
  const { asked, question } = answering();
  await expect(arm(client, HOUR, question)).rejects.toThrow('Nothing to arm: the account does not trade real money.');
  expect([asked, posted]).toEqual([[], []]);
});
