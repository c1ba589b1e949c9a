/** The paper account's file: what it must survive, and what it must refuse. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStore } from '../../src/broker/paper/file-store.ts';
import { paperBroker } from '../../src/broker/paper/paper-broker.ts';
import type { Broker } from '../../src/domain/ports.ts';
import { bar, entry, line, OPENING, type RuleOptions, venueRules } from './venue-fixtures.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paper-file-'));
  path = join(folder, 'book', 'paper.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const openBroker = (rules: RuleOptions = {}): Broker =>
  paperBroker({ rules: venueRules(rules), opening: OPENING, store: fileStore(path) });

describe('paper account file', () => {
  async function writtenBook(): Promise<string> {
    const broker = openBroker();
    await broker.connect(1);
    await broker.onBars([bar(0, 1000)]);
    await broker.submit(entry());
    return readFileSync(path, 'utf8');
  }

  it('is written whole, for its owner alone, with nothing left beside it', async () => {
    const text = await writtenBook();
    expect(JSON.parse(text)).toMatchObject({
      format: 'trading-servo paper account',
      version: 1,
      venue: { currency: 'USD', epoch: 1 },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'book'))).toEqual(['paper.json']);
  });

  it('is not disturbed by what a crash left beside it', async () => {
    await writtenBook();
    writeFileSync(`${path}.tmp`, '{"format":"trading-servo pap');
    const broker = openBroker();
    await broker.connect(2);
    expect((await broker.reportsAfter(0)).map(line)).toEqual(["A accepted 5'"]);
  });

  it.each<[string, (text: string) => string, string]>([
    ['empty', () => '', 'is not JSON: it is cut off or damaged'],
    ['cut off', (text) => text.slice(0, text.length / 2), 'is not JSON: it is cut off or damaged'],
    ['another program’s', () => '{"version":1,"venue":{}}', 'is not a paper account'],
    ['a list', () => '[]', 'is not a paper account'],
    ['null', () => 'null', 'is not a paper account'],
    [
      'of a later version',
      (text) => text.replace('"version":1', '"version":2'),
      'has format version 2, this servo reads 1',
    ],
    ['without a version', (text) => text.replace('"version":1,', ''), 'has format version none, this servo reads 1'],
    [
      'edited by hand',
      (text) => text.replace('"balance":100000000000', '"balance":900000000000'),
      'was changed or damaged',
    ],
    ['without its checksum', (text) => text.replace(/"sha256":"\w+",/, ''), 'was changed or damaged'],
    [
      'without its content',
      () => '{"format":"trading-servo paper account","version":1,"sha256":""}',
      'was changed or damaged',
    ],
  ])('refuses one that is %s, names it, says how to mend it and leaves it alone', async (_, damage, complaint) => {
    const damaged = damage(await writtenBook());
    writeFileSync(path, damaged);
    expect(() => openBroker()).toThrow(`${path} ${complaint}`);
    expect(() => openBroker()).toThrow('Put back a good copy of it');
    expect(readFileSync(path, 'utf8')).toBe(damaged);
  });

  it.each<[string, RuleOptions, string]>([
    ['its currency', { currency: 'EUR' }, 'is kept in USD, the configuration says EUR'],
    ['a contract', { coin: { lotStep: { num: 1, den: 100 } } }, 'the contract of COIN has changed'],
    ['a conversion', { coin: { conversion: { kind: 'divide', symbol: 'COIN' } } }, 'the contract of COIN has changed'],
    ['a symbol', { coin: { symbol: 'BANK' } }, 'COIN is not among the symbols any more'],
  ])('refuses to go on when %s of what is open was configured away', async (_, rules, complaint) => {
    await writtenBook();
    expect(() => openBroker(rules)).toThrow(complaint);
  });

  it('goes on when what changed is not held', async () => {
    await writtenBook();
    const first = openBroker();
    await first.connect(2);
    await first.onBars([bar(3, 1000)]);
    expect((await first.reportsAfter(0)).map(line)).toEqual(["A accepted 5'", "A rejected market_closed 15'"]);
    const second = openBroker({ coin: { symbol: 'BANK' } });
    await second.connect(3);
    expect((await second.snapshot()).balance).toBe(OPENING);
  });

  it('is never written over by a session that has lost it', async () => {
    const first = openBroker();
    await first.connect(1);
    await first.onBars([bar(0, 1000)]);
    const second = openBroker();
    await second.connect(2);
    const text = readFileSync(path, 'utf8');
    expect(await first.submit(entry())).toMatchObject([{ kind: 'lost', text: expect.stringContaining('taken over') }]);
    await expect(first.close()).rejects.toThrow(`${path}: another process has taken over this paper account`);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
