/** Lives a servo's life, as argv[2] says in JSON, from where the last process left it: to its end, or to where it is killed. */
import { type CrashPoint, deadlyPorts } from './crash-points.ts';
import { lifeConfig, live, openLife } from './life.ts';

export interface CrashLife {
  readonly folder: string;
  readonly latencyMs: number;
  readonly bars: number;
  readonly seed: number;
  readonly point?: CrashPoint;
}

const { folder, latencyMs, bars, seed, point } = JSON.parse(process.argv[2] ?? '') as CrashLife;
const life = openLife({ folder, config: lifeConfig(latencyMs), bars, seed }, deadlyPorts(folder, point));
await life.servo.start();
await live(life.servo);
await life.servo.end();
await life.close();
