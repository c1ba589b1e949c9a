/** What a live run is called, and what this process can say for it before any terminal was asked. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accountPaths } from '../src/accounts.ts';
import { liveFindings } from '../src/cli/live.ts';
import { openOffline } from '../src/cli/offline.ts';
import { withOverrides } from '../src/config/overrides.ts';
import { openStore } from '../src/db/store.ts';
import { moneyFromUnits, unixMs } from '../src/domain/units.ts';
import { liveOutlook, livePolicyOf, livePort } from '../src/live.ts';
import { factsWith } from './domain/live-builders.ts';
import { codeAt, SECRET } from './servo/support/live-rig.ts';
import { temporaryFolder, testConfig } from './support/world.ts';

const configured = testConfig((config) => ({
  ...config,
  account: { login: '40071', server: 'Broker Live/2', totpSecret: SECRET },
}));
const config = withOverrides(configured, { mode: 'live' });
const paths = accountPaths(config);

test('its book is its own, by server and number: no paper account and no dry-run has it', () => {
  expect(paths.account).toBe('live-Broker_Live_2-40071');
  expect(paths.database).toBe(join(config.app.dataDir, 'live-Broker_Live_2-40071', 'servo.db'));
  const others = [
    accountPaths(configured),
    accountPaths(withOverrides(config, { mode: 'live', dryRun: true })),
    accountPaths({ ...config, account: { ...config.account, login: '40072' } }),
  ];
  const policies = [config, ...others].map((_, i) => livePolicyOf(config, [paths, ...others][i] ?? paths));
  expect(new Set(policies.map(({ book }) => book)).size).toBe(4);
  expect(new Set(policies.map(({ tag }) => tag)).size).toBe(4);
  for (const { tag } of policies) expect(tag >= 1 && tag <= 65_535).toBe(true);
});

test('the process says how the mode came about and what it has open', () => {
  const parts = { stamp: { account: paths.account, mode: 'live' }, locked: true, queueDoubt: null };
  const { ground, codeStep } = livePort(config, paths, parts);
  expect(ground()).toEqual({
    ...parts,
    fileMode: 'paper',
    flagMode: 'live',
    dryRun: false,
    queuePrefix: 'servo-live-Broker_Live_2-40071',
    implicitLimits: [],
    secondFactor: true,
  });
  expect(codeStep(codeAt(59_000), unixMs(59_000))).toBe(1);
  expect(codeStep('000000', unixMs(59_000))).toBeUndefined();
  const without = livePort({ ...config, account: { ...config.account, totpSecret: null } }, paths, parts);
  expect(without.ground().secondFactor).toBe(false);
  expect(without.codeStep(codeAt(59_000), unixMs(59_000))).toBeUndefined();
});

test('while it is off its journal tells until when it is armed, and that nothing is opened', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const off = { ...config, app: { ...config.app, dataDir: folder.path } };
  const own = accountPaths(off);
  mkdirSync(own.folder, { recursive: true });
  const store = openStore({ path: own.database, account: own.account, mode: 'live' });
  const at = unixMs(Date.UTC(2026, 0, 7, 9));
  const process = { mode: 'live', dryRun: false, version: '1', configHash: 'h', startedAt: at };
  store.append(
    [
      { kind: 'account_opened', at, account: own.account, currency: 'USD', balance: moneyFromUnits(10_000) },
      { kind: 'process_started', at, epoch: 1, ...process },
      { kind: 'live_checked', at, facts: factsWith() },
      { kind: 'armed', at, by: 'anna', reason: '', account: '40071', until: unixMs(at + 1), models: {}, codeStep: 1 },
    ],
    [],
    at,
  );
  store.close();
  const offline = await openOffline(off, own);
  onTestFinished(() => offline.close());
  expect(offline.status()).toMatchObject({
    mode: 'live',
    status: 'stopped',
    entriesAllowed: false,
    arming: { mayOpen: false, until: '2026-01-07T09:00:00.001Z' },
  });
});

test('doctor has a line a condition, and says that nothing starts', async () => {
  const findings = await liveFindings(config);
  expect(findings.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'live 1 fail',
    'live 2 fail',
    'live 3 fail',
    'live 4 ok',
    'live 5 fail',
    'live 6 fail',
    'live 7 fail',
    'live fail',
  ]);
  expect(findings[3]?.detail).toBe('limits: every limit stands in the file');
  expect(findings[7]?.detail).toMatch(/^this version has no adapter .* Set mode: paper\.$/);
});

test('before a terminal is asked, limits are known, and everything that it must say is missing', async () => {
  const conditions = await liveOutlook(config, paths);
  expect(conditions.map(({ holds }) => holds)).toEqual([false, false, false, true, false, false, false]);
  const [mode, identity, , , ground, armed, venue] = conditions.map(({ text }) => text);
  expect(mode).toBe('the file says mode: paper');
  expect(identity).toBe('the venue has said nothing of itself');
  // The models are pinned, and the queue server is durable.
  expect(ground).toBe('the books are not compared with the broker');
  expect(armed).toBe('not armed');
  expect(venue).toBe('the venue has said nothing of itself');
});
