/** One life of a servo, stage by stage and without a queue: real journal, simulated bars, a scripted model, and a venue here or in a process of its own. */
import { brokerOf } from '../../../src/broker/paper/configured-broker.ts';
import type { Config } from '../../../src/config/config.ts';
import { tradingPolicyOf } from '../../../src/config/policy.ts';
import { openStore } from '../../../src/db/store.ts';
import type { CommandName } from '../../../src/domain/commands.ts';
import type { TradingPolicy } from '../../../src/domain/policy.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import { unixMs } from '../../../src/domain/units.ts';
import { systemClock } from '../../../src/servo/clock.ts';
import { unsettledOrders } from '../../../src/servo/fence.ts';
import { Servo } from '../../../src/servo/servo.ts';
import type { ServoPorts } from '../../../src/servo/servo-parts.ts';
import { nextStage } from '../../../src/servo/stage.ts';
import { tcpBroker } from '../../broker/fake-venue/tcp-broker.ts';
import { pathsIn, simulated, TIMINGS } from '../../support/scene.ts';
import { scriptedPredictor } from './scripted-predictor.ts';

export interface Life {
  readonly folder: string;
  readonly config: Config;
  readonly bars: number;
  readonly seed: number;
  /** Of the venue's process; the paper venue is in this one. */
  readonly port?: number;
}

export interface OpenLife {
  readonly servo: Servo;
  readonly policy: TradingPolicy;
  readonly ports: ServoPorts;
  close(): Promise<void>;
}

export type PortChange = (ports: ServoPorts, servo: () => Servo) => ServoPorts;

/** The longest feature is warm, so that the first bar may be traded. */
const WARMUP_BARS = 405;

/** What process time decides would depend on how busy the machine is: it stands still, and bars alone move a life on. */
const STILL: Clock = { ...systemClock, wall: () => unixMs(Date.UTC(2026, 0, 5)), monotonic: () => 0 };

export const feedOf = ({ config, bars, seed }: Omit<Life, 'folder'>) => simulated(config, bars, seed, WARMUP_BARS);

/** Not started yet. `change` stands between the servo and its ports. */
export function openLife(life: Life, change: PortChange = (ports) => ports): OpenLife {
  const { folder, config, port } = life;
  const paths = pathsIn(folder);
  const store = openStore({ path: paths.database, account: paths.account, mode: 'paper' });
  const broker = port === undefined ? brokerOf(config, paths) : tcpBroker(port);
  const ports = change(
    { store, feed: feedOf(life), broker, predictor: scriptedPredictor(), clock: STILL },
    () => servo,
  );
  const policy = tradingPolicyOf(config);
  const identity = { account: paths.account, mode: 'paper', version: 'test', configHash: config.configHash } as const;
  const servo = new Servo(policy, identity, { ...TIMINGS, retryDelayMs: 0 }, ports);
  const close = async () => {
    await broker.close();
    store.close();
  };
  return { servo, policy, ports, close };
}

/** What the operator says at every so many bars, and takes back a few bars later. */
export interface Habit {
  readonly word: 'flatten' | 'halt';
  readonly everyBars: number;
}

/** To the end of the feed. */
export async function live(servo: Servo, habit: Habit): Promise<void> {
  while (!servo.finished) {
    if (nextStage(servo.state) === 'ingest') operate(servo, habit);
    // A sweep of the monitor comes before the next bar, but for a replay at full speed.
    if (unsettledOrders(servo.state).length > 0) await servo.advance('monitor');
    if (await servo.advance(nextStage(servo.state))) continue;
    if (!servo.finished) await servo.advance('monitor');
  }
}

const TAKEN_BACK_AFTER_BARS = 4;

/** Words at fixed market times, so that a life which was cut short hears each of them once, too. */
export function operate(servo: Servo, { word, everyBars }: Habit): void {
  const { step, causes } = servo.state;
  if (step.at === undefined) return;
  const bar = step.at / servo.policy.timeframeMs;
  const said = causes.halted ?? causes.paused;
  if (said === undefined) {
    if (bar % everyBars === 0) say(servo, word, String(bar));
    return;
  }
  const done = causes.flattening === undefined && bar >= Number(said.reason) + TAKEN_BACK_AFTER_BARS;
  if (done) say(servo, word === 'halt' ? 'reset' : 'resume', 'over');
}

function say(servo: Servo, name: CommandName, reason: string): void {
  const answer = servo.command({ name, by: 'test', surface: 'cli', reason });
  if (!answer.accepted) throw new Error(answer.message);
}
