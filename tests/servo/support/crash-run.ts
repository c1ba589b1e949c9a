/** One life over many processes: each is killed where it was planned, the next recovers, and what it finds is the case's result. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accountRules } from '../../../src/broker/paper/configured-broker.ts';
import type { Config } from '../../../src/config/config.ts';
import { verifyStore } from '../../../src/db/verify.ts';
import { type FakeVenue, startVenue } from '../../broker/fake-venue/start-venue.ts';
import { tcpBroker } from '../../broker/fake-venue/tcp-broker.ts';
import { rulesToWire } from '../../broker/fake-venue/wire.ts';
import { pathsIn } from '../../support/scene.ts';
import type { Audit } from './audit.ts';
import { auditFile, type CrashLife, configFile } from './crash-child.ts';
import { type CrashPoint, sentFile } from './crash-points.ts';
import { feedOf, openLife } from './life.ts';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** How a case goes on after the kill; the last two need a venue that outlives the process. */
export type Aftermath = 'restart' | 'late frame' | 'bar meanwhile';

export interface CrashCase {
  readonly point: CrashPoint;
  readonly aftermath: Aftermath;
}

export interface CaseResult extends CrashCase {
  readonly killed: boolean;
  readonly duplicates: number;
  readonly audit: Audit;
}

export interface CrashPlan {
  readonly config: Config;
  readonly bars: number;
  readonly seed: number;
  readonly habit: CrashLife['habit'];
  readonly cases: readonly CrashCase[];
}

export interface Where {
  readonly folder: string;
  /** In a process of its own. */
  readonly venue?: FakeVenue;
  readonly env: NodeJS.ProcessEnv;
}

export const venueFor = (config: Config): Promise<FakeVenue> =>
  startVenue({ rules: rulesToWire(accountRules(config)), opening: config.paper.balance });

/** Kills at every case in turn, then lives to the end of the feed. Throws when a process does not end as planned. */
export async function crashed(plan: CrashPlan, { folder, venue, env }: Where): Promise<CaseResult[]> {
  const { config, cases, ...life } = plan;
  mkdirSync(folder);
  writeFileSync(configFile(folder), JSON.stringify(config));
  const port = venue?.port;
  const child = (point?: CrashPoint) =>
    childEnds({ ...life, folder, ...(port !== undefined && { port }), ...(point && { point }) }, env);
  const results: CaseResult[] = [];
  let pending: CrashCase[] = [];
  let audits = 0;
  const settle = async () => {
    const found = auditsIn(folder);
    if (found.length === audits) return;
    audits = found.length;
    const audit = found.at(-1) as Audit;
    const duplicates = repeated(await arrivals(folder, venue)).length;
    results.push(...pending.map((one) => ({ ...one, killed: true, duplicates, audit })));
    pending = [];
  };

  for (const one of cases) {
    const held = one.aftermath === 'late frame';
    await venue?.tell({ method: 'faults', faults: { nextSubmits: held ? ['held'] : [] } });
    const end = await child(one.point);
    if (end !== 'SIGKILL') throw new Error(`${JSON.stringify(one)}: ended with ${end}`);
    const { ok } = verifyStore(pathsIn(folder).database);
    if (!ok) throw new Error(`${JSON.stringify(one)}: the store does not verify`);
    await settle();
    if (venue !== undefined) await (held ? hasIt(venue) : venue.tell({ method: 'release' }));
    if (one.aftermath === 'bar meanwhile' && port !== undefined) await playNextBar(plan, folder, port);
    pending.push(one);
  }
  const end = await child();
  if (end !== 0) throw new Error(`the last life ended with ${end}`);
  await venue?.tell({ method: 'release' });
  await settle();
  return results;
}

/** What the dead process had sent is on its way, and comes once another has taken over. */
async function hasIt(venue: FakeVenue): Promise<void> {
  while ((await venue.log()).faults['held'] !== 1) await setImmediate();
}

/** The venue's own log, or what the paper venue was given. */
export async function arrivals(folder: string, venue: FakeVenue | undefined): Promise<string[]> {
  if (venue !== undefined) return [...(await venue.log()).arrived];
  const file = sentFile(folder);
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

export const repeated = (orderIds: readonly string[]): string[] =>
  orderIds.filter((orderId, i) => orderIds.indexOf(orderId) !== i);

function auditsIn(folder: string): Audit[] {
  const file = auditFile(folder);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Audit);
}

/** The market goes on while nobody trades. */
async function playNextBar({ config, bars, seed }: CrashPlan, folder: string, port: number): Promise<void> {
  const opened = openLife({ folder, config, bars, seed, port });
  const due = feedOf({ config, bars, seed }).due(opened.servo.state.step.at);
  await opened.close();
  if (due.kind !== 'bars') throw new Error('the feed has no next bar');
  const broker = tcpBroker(port);
  await broker.onBars(due.bars);
  await broker.close();
}

/** The signal that ended it, or its exit code. */
function childEnds(life: CrashLife, env: NodeJS.ProcessEnv): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(life)], { stdio: 'inherit', env });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
}

/** Under a name of its own. */
export const folderIn = (scratch: string, name: string): string => join(scratch, name.replaceAll(/\W+/g, '-'));
