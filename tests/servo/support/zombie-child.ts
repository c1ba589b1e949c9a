/** A servo that stops at its point as if the machine slept, and when it is woken goes on as the pipeline would: an error is counted, a sweep follows. Says at last how it stands. */
import { readFileSync, writeSync } from 'node:fs';
import type { Config } from '../../../src/config/config.ts';
import { lockAccount } from '../../../src/db/account-lock.ts';
import { statusOf } from '../../../src/domain/servo.ts';
import { nextStage } from '../../../src/servo/stage.ts';
import { type CrashLife, configFile } from './crash-child.ts';
import { deadlyPorts } from './crash-points.ts';
import { openLife, operate } from './life.ts';

/** More than it takes to notice; each that finds no work is a sweep of the monitor. */
const TURNS = 400;

const { point, habit, ...life } = JSON.parse(process.argv[2] ?? '') as CrashLife;
const lock = lockAccount(life.folder, 'test');
const config = JSON.parse(readFileSync(configFile(life.folder), 'utf8')) as Config;
const { servo, close } = openLife({ ...life, config }, deadlyPorts(life.folder, point));
await servo.start();
for (let turn = 0; turn < TURNS && !servo.finished && servo.state.causes.halted === undefined; turn += 1) {
  try {
    if (nextStage(servo.state) === 'ingest') operate(servo, habit);
    if (!(await servo.advance(nextStage(servo.state)))) await servo.advance('monitor');
  } catch (error) {
    servo.noteError(error);
  }
}
// And a few more, in which a halted servo must do no harm.
for (let turn = 0; turn < 10; turn += 1) {
  await servo.advance(nextStage(servo.state)).catch((error) => servo.noteError(error));
  await servo.advance('monitor').catch((error) => servo.noteError(error));
}
writeSync(1, `${JSON.stringify({ status: statusOf(servo.state.causes), problem: servo.reconcileProblem ?? '' })}\n`);
await close();
lock.release();
