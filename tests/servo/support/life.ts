/** One life of a servo, stage by stage and without a queue: real journal, real paper venue, simulated bars, a scripted model. */
import { brokerOf } from '../../../src/adapters.ts';
import type { Config } from '../../../src/config/config.ts';
import { tradingPolicyOf } from '../../../src/config/policy.ts';
import { openStore } from '../../../src/db/store.ts';
import type { CommandName } from '../../../src/domain/commands.ts';
import type { TradingPolicy } from '../../../src/domain/policy.ts';
import { systemClock } from '../../../src/servo/clock.ts';
import { Servo } from '../../../src/servo/servo.ts';
import type { ServoPorts, ServoTimings } from '../../../src/servo/servo-parts.ts';
import { nextStage } from '../../../src/servo/stage.ts';
import { ANY_PACE } from '../../domain/builders.ts';
import { pathsIn, simulated, TIMINGS, testConfig } from '../../support/world.ts';
import { scriptedPredictor } from './scripted-predictor.ts';

/** A venue that answers at once or at the next bar, and an account that may trade all day. */
export const lifeConfig = (latencyMs: number): Config =>
  testConfig((shipped) => ({
    ...shipped,
    limits: {
      ...shipped.limits,
      maxDailyTrades: 10_000,
      maxLoss: { day: 0.9, week: 0.9, month: 0.9 },
      maxDrawdown: 0.9,
    },
    pace: ANY_PACE,
    paper: { ...shipped.paper, latencyMs, partialFillProbability: 0.2, rejectionProbability: 0.3 },
  }));

export interface Life {
  readonly folder: string;
  readonly config: Config;
  readonly bars: number;
  readonly seed: number;
}

export interface OpenLife {
  readonly servo: Servo;
  readonly policy: TradingPolicy;
  readonly ports: ServoPorts;
  close(): Promise<void>;
}

export type PortChange = (ports: ServoPorts, servo: () => Servo) => ServoPorts;

/** Not started yet. `change` stands between the servo and its ports. */
export function openLife(
  { folder, config, bars, seed }: Life,
  change: PortChange = (ports) => ports,
  timings: ServoTimings = TIMINGS,
): OpenLife {
  const paths = pathsIn(folder);
  const store = openStore({ path: paths.database, account: paths.account, mode: 'paper' });
  const broker = brokerOf(config, paths);
  const feed = simulated(config, bars, seed);
  const ports = change({ store, feed, broker, predictor: scriptedPredictor(), clock: systemClock }, () => servo);
  const policy = tradingPolicyOf(config);
  const identity = { account: paths.account, mode: 'paper', version: 'test', configHash: config.configHash } as const;
  const servo = new Servo(policy, identity, timings, ports);
  const close = async () => {
    await broker.close();
    store.close();
  };
  return { servo, policy, ports, close };
}

/** To the end of the feed, with an operator who now and then flattens and resumes. */
export async function live(servo: Servo): Promise<void> {
  while (!servo.finished) {
    if (nextStage(servo.state) === 'ingest') operate(servo);
    // A sweep of the monitor comes before the next bar, but for a replay at full speed.
    if (hasUnknown(servo)) await servo.advance('monitor');
    if (await servo.advance(nextStage(servo.state))) continue;
    if (!servo.finished) await servo.advance('monitor');
  }
}

const hasUnknown = ({ state }: Servo): boolean => [...state.orders.values()].some(({ status }) => status === 'unknown');

const FLATTEN_EVERY_BARS = 45;
const RESUME_AFTER_BARS = 4;

/** Words at fixed market times, so that a life which was cut short hears each of them once, too. */
function operate(servo: Servo): void {
  const { step, causes } = servo.state;
  if (step.at === undefined) return;
  const bar = step.at / servo.policy.timeframeMs;
  if (causes.paused === undefined && bar % FLATTEN_EVERY_BARS === 0) say(servo, 'flatten', String(bar));
  const quietSince = Number(causes.paused?.reason);
  if (causes.flattening === undefined && bar >= quietSince + RESUME_AFTER_BARS) say(servo, 'resume', '');
}

function say(servo: Servo, name: CommandName, reason: string): void {
  const answer = servo.command({ name, by: 'test', surface: 'cli', reason });
  if (!answer.accepted) throw new Error(answer.message);
}
