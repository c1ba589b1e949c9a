/** The process is killed at any moment: what the broker had said before is still true after. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { fileStore } from '../../src/broker/paper/file-store.ts';
import { paperBroker } from '../../src/broker/paper/paper-broker.ts';
import type { BrokerReport } from '../../src/domain/order.ts';
import { OPENING, venueRules } from './venue-fixtures.ts';

const TRADER = fileURLToPath(new URL('./endless-trader.ts', import.meta.url));

interface Said {
  readonly opened?: string;
  readonly report?: BrokerReport;
}

/** Runs a trader, kills it some time after its first words, and returns every line it finished. */
function wordsOfKilledTrader(path: string, epoch: number, killAfterMs: number): Promise<Said[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [TRADER, path, String(epoch)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let words = '';
    let errors = '';
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), killAfterMs));
    child.stdout.on('data', (chunk) => {
      words += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('close', (_, signal) => {
      const lines = words.split('\n').slice(0, -1);
      if (signal === 'SIGKILL') resolve(lines.map((said) => JSON.parse(said) as Said));
      else reject(new Error(errors));
    });
  });
}

it('survives SIGKILL: nothing that was said is lost, nothing is doubled, the books agree', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paper-kill-'));
  const path = join(folder, 'paper.json');
  try {
    let epoch = 0;
    for (const killAfterMs of [0, 3, 8, 15, 25]) {
      epoch += 1;
      const words = await wordsOfKilledTrader(path, epoch, killAfterMs);
      const opened = words.flatMap((word) => word.opened ?? []);
      const reported = words.flatMap((word) => word.report ?? []);
      expect(opened.length).toBeGreaterThan(0);

      const broker = paperBroker({ rules: venueRules({ latencyMs: 0 }), opening: OPENING, store: fileStore(path) });
      const { balance, positions, sequence } = await broker.snapshot();
      const kept = await broker.reportsAfter(Math.max(0, sequence - 512));
      const keptFrom = kept[0]?.sequence ?? 0;
      const lately = reported.filter((report) => report.sequence >= keptFrom);
      expect(
        kept.filter((report) => report.sequence <= (reported.at(-1)?.sequence ?? 0)).slice(-lately.length),
      ).toEqual(lately);
      for (const orderId of opened.slice(-100))
        expect(await broker.statusOf(orderId)).toMatchObject({ reports: [{ kind: 'filled' }] });

      // Each round trip costs the spread: 2 ticks on 10 steps. At most the last order of each life is still open.
      expect(positions.length).toBeLessThanOrEqual(epoch);
      const closed = (sequence - positions.length) / 2;
      expect(balance).toBe(OPENING - closed * 20_000_000);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
