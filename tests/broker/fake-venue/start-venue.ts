/** Starts the fake venue's process, and speaks to it beside the port. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Link } from './tcp-broker.ts';
import type { Instruction, VenueLog, VenueSetup } from './wire.ts';

const PROCESS = fileURLToPath(new URL('./venue-process.ts', import.meta.url));

export interface FakeVenue {
  readonly port: number;
  tell(instruction: Instruction): Promise<void>;
  log(): Promise<VenueLog>;
  stop(): Promise<void>;
}

export async function startVenue(setup: VenueSetup): Promise<FakeVenue> {
  const child = fork(PROCESS, [JSON.stringify(setup)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)));
    child.once('exit', (code) => reject(new Error(`the venue's process ended with ${code}`)));
  });
  const link = new Link(port);
  return {
    port,
    tell: async (instruction) => void (await link.ask(instruction)),
    log: async () => (await link.ask({ method: 'log' })) as VenueLog,
    async stop() {
      link.close();
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
