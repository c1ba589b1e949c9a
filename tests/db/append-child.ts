/** Appends a history to a store, from where it stands, and says each sequence once it is committed: until it is killed. */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/db/store.ts';
import { unixMs } from '../../src/domain/units.ts';
import { history } from './history.ts';

const [path = '', steps = '0', seed = '0'] = process.argv.slice(2);
const { batches } = history(Number(steps), Number(seed));
const store = openStore({ path, account: 'demo', mode: 'paper' });
let sequence = 0;
for (const events of batches) {
  sequence += events.length;
  if (sequence <= store.lastSequence()) continue;
  store.append(events, [], unixMs(1_760_000_000_000));
  writeSync(1, `${store.lastSequence()}\n`);
}
