/** What everything stands on: a clock that jumps and a disk that fills stop entries, and only those, until they are sound again. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DiskReserve } from '../../src/db/disk-reserve.ts';
import { openStore } from '../../src/db/store.ts';
import { StoreError } from '../../src/db/store-error.ts';
import { verifyStore } from '../../src/db/verify.ts';
import { moneyFromUnits, unixMs } from '../../src/domain/units.ts';
import { Rig } from './support/rig.ts';

const HOUR_MS = 3_600_000;
const lastDenial = (rig: Rig) => rig.of('decision_made').at(-1)?.decision;

describe('the machine’s clock', () => {
  test.each([
    ['set forward', HOUR_MS, '3600.0'],
    ['set back', -HOUR_MS, '-3600.0'],
    ['a machine that slept', 2_001, '2.0'],
  ])('%s: entries wait until the books agree anew and it has kept still for a minute', async (_, jumpMs, words) => {
    const rig = await Rig.start();
    rig.model.wants = 'buy';
    const agreedBefore = rig.of('reconciled').length;
    // While the model thinks: what was sound when the bar came is not when the gate looks.
    rig.model.instead = () => {
      rig.model.instead = undefined;
      rig.clock.jumpWall(jumpMs);
      return rig.model.predict([{ symbol: 'EURUSD', values: new Float64Array() }]);
    };
    await rig.bars(2);
    await rig.run();
    expect(rig.of('safety_lost')).toMatchObject([
      { guard: 'clock', reason: `the machine's clock jumped by ${words} s` },
    ]);
    expect(rig.of('reconciled')).toHaveLength(agreedBefore + 1);
    expect(rig.status).toBe('close_only');
    expect(lastDenial(rig)).toMatchObject({ outcome: 'denied', reason: 'status_forbids_opening' });

    rig.clock.pass(59_000);
    await rig.bars(2);
    expect(rig.status).toBe('close_only');
    rig.clock.pass(1_000);
    await rig.run();
    expect(rig.of('safety_regained')).toHaveLength(1);
    await rig.bars(2);
    expect(lastDenial(rig)).toMatchObject({ outcome: 'approved' });
  });

  test('that is slewed is not noticed', async () => {
    const rig = await Rig.start();
    for (let i = 0; i < 20; i++) {
      rig.clock.jumpWall(1_999 * (i % 2 === 0 ? 1 : -1));
      await rig.run();
    }
    expect(rig.of('safety_lost')).toEqual([]);
  });

  test('exits go on meanwhile, and a restart neither forgets the jump nor keeps it for ever', async () => {
    const rig = await Rig.start();
    rig.model.wants = 'buy';
    await rig.bars(2);
    expect(rig.state.positions.size).toBe(1);
    rig.clock.jumpWall(HOUR_MS);
    await rig.run();
    rig.say('flatten');
    await rig.bars(1);
    expect(rig.state.positions.size).toBe(0);

    const next = await rig.restarted();
    await next.run();
    expect(next.state.causes.unsafe?.clock?.reason).toContain('3600.0 s');
    next.clock.pass(60_000);
    await next.run();
    expect(next.state.causes.unsafe).toEqual({});
  });
});

describe('the disk', () => {
  test('with too little room stops entries once, until it has clearly more', async () => {
    let trouble: string | undefined = 'the disk of data has 3 MB free, 500 MB are needed';
    const rig = await Rig.start({ ports: (ports) => ({ ...ports, diskTrouble: () => trouble }) });
    rig.model.wants = 'buy';
    await rig.bars(2);
    trouble = 'the disk of data has 2 MB free, 500 MB are needed';
    await rig.bars(2);
    expect(rig.of('safety_lost')).toMatchObject([{ guard: 'disk', reason: expect.stringContaining('3 MB free') }]);
    expect(rig.view).toMatchObject({ status: 'close_only', reason: expect.stringContaining('3 MB free') });
    expect(lastDenial(rig)).toMatchObject({ outcome: 'denied', reason: 'status_forbids_opening' });
    trouble = undefined;
    await rig.bars(2);
    expect(rig.of('safety_regained')).toMatchObject([{ guard: 'disk' }]);
    expect(lastDenial(rig)).toMatchObject({ outcome: 'approved' });
  });

  test('its reserve is room that is really taken, and is taken again when there is plenty', () => {
    const folder = mkdtempSync(join(tmpdir(), 'servo-reserve-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const plenty = new DiskReserve(folder, 1);
    expect(plenty.release()).toBe(false);
    plenty.hold();
    expect(plenty.release()).toBe(true);
    expect(plenty.held).toBe(false);
    expect(plenty.trouble()).toBeUndefined();
    expect(plenty.held).toBe(true);
    const short = new DiskReserve(folder, Number.MAX_SAFE_INTEGER);
    expect(short.trouble()).toMatch(/^the disk of .* has \d+ MB free, \d+ MB are needed$/);
  });
});

const SIZE_MB = 40;

/** A real disk of its own, where this process may mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'servo-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

test('on a disk that is really full a halt is still written, and what came before is whole', ({ skip }) => {
  const folder = smallDisk();
  if (folder === undefined) return skip('this user may not mount a disk of its own');
  const reserve = new DiskReserve(folder, 1024 ** 2);
  reserve.hold();
  expect(reserve.held).toBe(true);
  const path = join(folder, 'servo.db');
  const at = unixMs(1_760_000_000_000);
  const store = openStore({ path, account: 'demo', mode: 'paper', reserve });
  onTestFinished(() => store.close());
  store.append([{ kind: 'account_opened', at, account: 'demo', currency: 'USD', balance: moneyFromUnits(1) }], [], at);
  fill(folder);

  // The reserve is given up, and goes a long way; without it the store says so and nothing is half written.
  store.append([{ kind: 'halted', at, by: 'anna', reason: 'emergency' }], [], at);
  expect(existsSync(join(folder, 'disk-reserve'))).toBe(false);
  fill(folder);
  const before = store.lastSequence();
  const events = Array.from(
    { length: 400 },
    () => ({ kind: 'halted', at, by: 'anna', reason: 'x'.repeat(500) }) as const,
  );
  const failure = () => {
    for (let i = 0; i < 100; i++) store.append(events, [], at);
  };
  expect(failure).toThrow(StoreError);
  expect(failure).toThrow(/disk is full/);
  expect((store.lastSequence() - before) % events.length).toBe(0);
  rmSync(join(folder, 'ballast-0'));
  expect(verifyStore(path)).toMatchObject({ ok: true, chain: { rows: store.lastSequence() } });
});

/** To the last block. */
function fill(folder: string): void {
  for (let i = 0; ; i++) {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail === 0) return;
    const file = join(folder, `ballast-${i}`);
    if (!existsSync(file)) writeFileSync(file, Buffer.alloc(bavail * bsize, 1));
  }
}
