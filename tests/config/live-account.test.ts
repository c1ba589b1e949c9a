/** What real money asks of the configuration: whose account, a secret that shows nowhere, and limits that somebody meant. */
import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { implicitLimits } from '../../src/config/explicit-limits.ts';
import { withOverrides } from '../../src/config/overrides.ts';
import { maskedConfig } from '../../src/config/seal.ts';
import { BASE, load, refusal, temporaryFolder } from './base-config.ts';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const account = (keys: string): string => `${BASE}account: { ${keys} }\n`;

describe('the account', () => {
  test('is nobody’s where nothing is said', () => {
    expect(load(BASE).account).toEqual({ login: null, server: null, totpSecret: null });
  });

  test('is a number, a server and a secret from the environment, which shows in no picture and no hash', () => {
    const text = account(`login: 40071, server: Broker-Live 2, totp_secret: "\${SERVO_TOTP_SECRET:-}"`);
    const config = load(text, { SERVO_TOTP_SECRET: SECRET });
    expect(config.account).toEqual({ login: '40071', server: 'Broker-Live 2', totpSecret: SECRET });
    expect(JSON.stringify(maskedConfig(config))).not.toContain(SECRET);
    expect(load(text).configHash).toBe(config.configHash);
    expect(load(account('login: 40072, server: Broker-Live 2')).configHash).not.toBe(config.configHash);
  });

  test('may have its secret in a file of mode 600, and no other', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'totp'), `${SECRET}\n`);
    chmodSync(join(folder, 'totp'), 0o644);
    expect(refusal(() => load(account('totp_secret_file: ./totp'), {}, folder)).message).toContain('chmod 600');
    chmodSync(join(folder, 'totp'), 0o600);
    expect(load(account('totp_secret_file: ./totp'), {}, folder).account.totpSecret).toBe(SECRET);
    writeFileSync(join(folder, 'totp'), 'not base32');
    const { message } = refusal(() => load(account('totp_secret_file: ./totp'), {}, folder));
    expect(message).toContain('no base32 secret of 26 characters or more');
    expect(message).not.toContain('not base32');
  });

  test.each([
    ['in the file itself', `totp_secret: ${SECRET}`, {}, 'put SERVO_TOTP_SECRET=… into .env'],
    ['too short', `totp_secret: "\${S}"`, { S: 'GEZDGNBVGY' }, 'expected a base32 secret of 26 characters or more'],
    ['no base32', `totp_secret: "\${S}"`, { S: '0189'.repeat(8) }, 'expected a base32 secret of 26 characters or more'],
    [
      'given twice',
      `totp_secret: "\${S}", totp_secret_file: ./totp`,
      { S: SECRET },
      'are both given: keep one of them',
    ],
  ])('a secret that is %s is refused and not shown', (_, keys, env, complaint) => {
    const { message } = refusal(() => load(account(keys), env));
    expect(message).toContain(complaint);
    expect(message).not.toMatch(/GEZDGNBVGY|0189/);
  });

  test.each(['login: 0', 'login: 1.5', 'login: "40071"', 'server: " "'])('%s is refused', (keys) => {
    expect(refusal(() => load(account(keys))).faults).toHaveLength(1);
  });
});

test('who named the mode is remembered, and is not in the hash', () => {
  const config = load(BASE);
  expect(config.modes).toEqual({ file: 'paper', flag: null });
  const live = withOverrides(config, { mode: 'live' });
  expect(live).toMatchObject({ mode: 'live', modes: { file: 'paper', flag: 'live' } });
  expect(withOverrides(config, { mode: 'paper' }).configHash).toBe(config.configHash);
});

describe('limits that are left to their defaults', () => {
  const shippedFile = new URL('../../config.yaml', import.meta.url).pathname;

  test('the shipped file leaves none', () => {
    expect(implicitLimits(shippedFile)).toEqual([]);
  });

  test('are named one by one, whole blocks too; what bounds nothing is not among them', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'config.yaml');
    writeFileSync(file, `${BASE}risk: { on_limit: flatten, extreme: { worst_case: 0.1 } }\n`);
    const implicit = implicitLimits(file);
    expect(implicit).toContain('risk.extreme.margin_level_min');
    expect(implicit).toContain('trading.exposure.max_leverage');
    expect(implicit).toContain('trading.cooldown.symbol.losses');
    expect(implicit).toContain('mandate.daily_loss');
    for (const explicit of ['risk.on_limit', 'risk.extreme.worst_case', 'execution.risk.max_daily_loss']) {
      expect(implicit).not.toContain(explicit);
    }
    expect(implicit.filter((path) => /^(risk\.stress|api|feed|trading\.session)/.test(path))).toEqual([]);
    cpSync(shippedFile, file);
    expect(implicitLimits(file)).toEqual([]);
  });
});
