/** A whole servo in a temporary folder: real SQLite, real paper venue, real ONNX, real queue server; only the market is simulated. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { predictorOf } from '../../src/adapters.ts';
import { brokerOf } from '../../src/broker/paper/configured-broker.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import { openStore, type SqliteStore } from '../../src/db/store.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { BarFeed, Broker, Predictor } from '../../src/domain/ports.ts';
import { stateHash } from '../../src/domain/snapshot.ts';
import type { ServoState } from '../../src/domain/state.ts';
import { regimeModelsOf } from '../../src/regime-models.ts';
import { systemClock } from '../../src/servo/clock.ts';
import { Servo } from '../../src/servo/servo.ts';
import type { ServoPorts, ServoTimings } from '../../src/servo/servo-parts.ts';
import { pathsIn, TIMINGS } from './scene.ts';

export { pathsIn, simulated, TIMINGS } from './scene.ts';

export const ROOT = join(import.meta.dirname, '../..');

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'servo-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The shipped configuration, with entries enough for a test of a few days. */
export function testConfig(change: (config: Config) => Config = (config) => config): Config {
  const shipped = loadConfig(join(ROOT, 'config.yaml'), { env: {} });
  return change({ ...shipped, limits: { ...shipped.limits, maxDailyTrades: 40, maxDrawdown: 0.5 } });
}

export interface World {
  readonly servo: Servo;
  readonly store: SqliteStore;
  readonly broker: Broker;
  readonly predictor: Predictor;
  readonly events: DomainEvent[];
  close(): Promise<void>;
}

/** As the service trades by it: with the regimes of the models' passports. */
export const livePolicyOf = async (config: Config): Promise<TradingPolicy> =>
  tradingPolicyOf(config, await regimeModelsOf(config));

export async function openWorld(
  folder: string,
  config: Config,
  feed: BarFeed,
  change: (ports: ServoPorts) => ServoPorts = (ports) => ports,
  timings: ServoTimings = TIMINGS,
): Promise<World> {
  const paths = pathsIn(folder);
  const store = openStore({ path: paths.database, account: paths.account, mode: 'paper' });
  const broker = brokerOf(config, paths);
  const predictor = await predictorOf(config, () => undefined);
  const ports = change({ store, feed, predictor, broker, clock: systemClock });
  const identity = { account: paths.account, mode: 'paper', version: 'test', configHash: config.configHash } as const;
  const servo = new Servo(await livePolicyOf(config), identity, timings, ports);
  const events: DomainEvent[] = [];
  servo.onCommit((commit) => events.push(...commit.events));
  return {
    servo,
    store,
    broker,
    predictor,
    events,
    close: async () => {
      await predictor.close();
      await broker.close();
      store.close();
    },
  };
}

export const hashOf = (state: ServoState): string => stateHash(state, sha256);
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What was decided and earned, without when it was written. */
export const decisionsIn = (events: readonly DomainEvent[]) =>
  events.flatMap((event) => (event.kind === 'decision_made' ? [event.decision] : []));

export const tradesIn = (events: readonly DomainEvent[]) =>
  events.flatMap((event) => (event.kind === 'fill_applied' && event.trade !== undefined ? [event.trade] : []));

export async function waitFor(holds: () => boolean, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
