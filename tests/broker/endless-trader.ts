/** Trades on the book at argv[2] until it is killed, and says on stdout, line by line, what the broker has told it. */
import { writeSync } from 'node:fs';
import { fileStore } from '../../src/broker/paper/file-store.ts';
import { paperBroker } from '../../src/broker/paper/paper-broker.ts';
import { unixMs } from '../../src/domain/units.ts';
import { BAR_MS, bar, closeOf, entry, OPENING, START, venueRules } from './venue-fixtures.ts';

const [, , path = '', epoch = ''] = process.argv;
const broker = paperBroker({ rules: venueRules({ latencyMs: 0 }), opening: OPENING, store: fileStore(path) });
await broker.connect(Number(epoch));
let { sequence: cursor } = await broker.snapshot();
const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);

for (let n = Number(epoch) * 100_000; ; n++) {
  const decidedAt = unixMs(START + (n + 1) * BAR_MS);
  await broker.onBars([bar(n, 1000)]);
  const orderId = `O${n}`;
  await broker.submit(entry({ orderId, decidedAt }));
  say({ opened: orderId });
  await broker.submit(closeOf(`C${n}`, orderId, 10, decidedAt));
  for (const report of await broker.reportsAfter(cursor)) {
    cursor = report.sequence;
    say({ report });
  }
}
