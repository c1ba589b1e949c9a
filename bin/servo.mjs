#!/usr/bin/env node
/** Starts the servo on any machine with Node 18 or newer: sets up what is missing, then runs run.cjs. */
import { join } from 'node:path';
import { main, prepare, ROOT, runNode } from './prepare.mjs';

/** A larger nursery for new objects, as Node would grow it, costs more to fill than it saves: measured by `npm run bench -- backtest`. */
const NURSERY = '--max-semi-space-size=8';

await main(async (args) => {
  const [command = 'run'] = args;
  const startsTrading = command === 'run' || command.startsWith('-');
  const node = await prepare({ dev: false, keepStale: !startsTrading });
  const script = [
    NURSERY,
    '--import',
    new URL('end-with-launcher.mjs', import.meta.url).href,
    join(ROOT, 'bin/run.cjs'),
  ];
  return runNode(node, [...script, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
});
