/** Lives a servo's life, as argv[2] says in JSON, from where the last process left it: to its end, or to where it is killed. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.ts';
import { AccountLockedError, lockAccount } from '../../../src/db/account-lock.ts';
import { audited } from './audit.ts';
import { type CrashPoint, deadlyPorts } from './crash-points.ts';
import { type Habit, live, openLife } from './life.ts';

export interface CrashLife {
  readonly folder: string;
  readonly bars: number;
  readonly seed: number;
  readonly habit: Habit;
  readonly port?: number;
  readonly point?: CrashPoint;
}

export const LOCKED_EXIT = 3;
export const configFile = (folder: string): string => join(folder, 'config.json');
/** One line of JSON for each start that recovered. */
export const auditFile = (folder: string): string => join(folder, 'audits.jsonl');

async function run({ point, habit, ...life }: CrashLife): Promise<void> {
  const { folder } = life;
  const lock = lockAccount(folder, 'test');
  const config = JSON.parse(readFileSync(configFile(folder), 'utf8')) as Config;
  const opened = openLife({ ...life, config }, deadlyPorts(folder, point));
  await opened.servo.start();
  appendFileSync(auditFile(folder), `${JSON.stringify(await audited(opened))}\n`);
  await live(opened.servo, habit);
  await opened.servo.end();
  await opened.close();
  lock.release();
}

if (process.argv[1] === import.meta.filename) {
  try {
    await run(JSON.parse(process.argv[2] ?? '') as CrashLife);
  } catch (error) {
    if (!(error instanceof AccountLockedError)) throw error;
    process.exitCode = LOCKED_EXIT;
  }
}
