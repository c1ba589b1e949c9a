/** The documents against the program: what it can do is in them, and what they name is there. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../src/cli/exit-codes.ts';
import { shelvesFor } from '../src/cli/shelves.ts';
import { configJsonSchema, type SchemaNode } from '../src/config/json-schema.ts';
import { DENIAL_REASONS } from '../src/domain/decision.ts';
import { ORDER_STATUSES } from '../src/domain/order.ts';
import { PERMITS, SERVO_STATUSES } from '../src/domain/servo.ts';
import { BOT_COMMANDS } from '../src/telegram/bot-commands.ts';
import { VERSION } from '../src/version.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const markdownIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const DOCUMENTS = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('docs/adr')];
const [readme, readmeFr, architecture, glossary, runbook, contributing] = [
  'README.md',
  'README.fr.md',
  'docs/ARCHITECTURE.md',
  'docs/GLOSSARY.md',
  'docs/RUNBOOK.md',
  'CONTRIBUTING.md',
].map(read) as [string, string, string, string, string, string];

/** First cells of the table rows that begin with code. */
const codeRows = (text: string): string[][] =>
  [...text.matchAll(/^\| (`.+) \|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()));
const namesIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
const firstNames = (text: string): string[] => codeRows(text).flatMap(([cell]) => namesIn(cell));
const section = (text: string, heading: string): string => {
  const [, after] = text.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`no heading "${heading}"`);
  return after.split(/\n## /)[0] ?? '';
};

interface Help {
  readonly command: string;
  readonly options: readonly string[];
}

const run = promisify(execFile);

/** All commands as they are registered, which is what their `--help` shows. */
async function registeredCommands(): Promise<Command> {
  const program = new Command('servo');
  for (const { register } of shelvesFor(undefined)) (await register())(program);
  return program;
}

/** Those that can be typed: what only holds others is none. */
function helpOf(command: Command, words: readonly string[] = []): Help[] {
  const below = command.commands.flatMap((each) => helpOf(each, [...words, each.name()]));
  if (below.length > 0) return below;
  return [{ command: words.join(' '), options: command.options.flatMap(({ long }) => long ?? []) }];
}

describe('the command line', () => {
  let commands: Help[];
  let options: string[];
  beforeAll(async () => {
    commands = helpOf(await registeredCommands());
    options = [...new Set(commands.flatMap((help) => help.options))];
  });

  test('the help of the program itself lists them', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'bin/run.cjs'), '--help']);
    const listed = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'help');
    expect(new Set(listed)).toEqual(new Set(commands.map(({ command }) => command.split(' ')[0])));
  });

  test('every command is in README, as one would type it', () => {
    expect(commands.length).toBeGreaterThanOrEqual(14);
    expect(commands.map(({ command }) => command).filter((command) => !readme.includes(`servo ${command}`))).toEqual(
      [],
    );
  });

  test('every option is in README', () => {
    expect(options.length).toBeGreaterThanOrEqual(18);
    expect(options.filter((option) => !new RegExp(`${option}(?![\\w-])`).test(readme))).toEqual([]);
  });

  test('README and RUNBOOK name no option that does not exist', () => {
    const typed = [...`${readme}\n${readmeFr}\n${runbook}`.matchAll(/(?:servo|npm start --) [^\n|`]*/g)].flatMap(
      ([line]) => [...line.matchAll(/ (--[a-z][\w-]*)/g)].map(([, option = '']) => option),
    );
    expect(new Set(typed).size).toBeGreaterThanOrEqual(10);
    expect([...new Set(typed)].filter((option) => !['--help', ...options].includes(option))).toEqual([]);
  });

  test('every exit code is in README', () => {
    const codes = firstNames(section(readme, '## Exit codes'));
    expect(codes.map(Number)).toEqual(Object.values(EXIT));
  });
});

test('every command of the bot is in README', () => {
  const missing = BOT_COMMANDS.filter(({ name }) => !readme.includes(`/${name}`)).map(({ name }) => name);
  expect(missing).toEqual([]);
});

test('the first screen shows the version there is', () => {
  expect(readme).toContain(`Trading Servo ${VERSION} · PAPER`);
  expect(read('CHANGELOG.md')).toContain(`## [${VERSION}]`);
});

describe('the configuration', () => {
  const numbers: { path: string; unit: string }[] = [];
  const walk = (node: SchemaNode, path: string): void => {
    if (node.unit !== undefined) numbers.push({ path, unit: node.unit });
    for (const [key, child] of Object.entries(node.properties ?? {})) walk(child, path === '' ? key : `${path}.${key}`);
  };
  walk(configJsonSchema(), '');

  test('every fraction and probability is in GLOSSARY, with what it is a part of', () => {
    const fractions = numbers.filter(({ unit }) => /^fraction|^probability/.test(unit)).map(({ path }) => path);
    expect(fractions.length).toBeGreaterThanOrEqual(12);
    expect(firstNames(section(glossary, '## Keys of config.yaml')).sort()).toEqual(fractions.sort());
  });

  test('every block is in README and GLOSSARY', () => {
    const blocks = Object.keys(configJsonSchema().properties ?? {});
    expect(blocks.length).toBeGreaterThanOrEqual(14);
    expect(blocks.filter((block) => !readme.includes(`\`${block}\``))).toEqual([]);
    expect(blocks.filter((block) => !section(glossary, '## Keys of config.yaml').includes(`\`${block}\``))).toEqual([]);
  });

  test('every variable is in .env.example', () => {
    const config = read('config.yaml').replaceAll(/^\s*#.*$/gm, '');
    const variables = [...config.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
    const offered = [...read('.env.example').matchAll(/^(\w+)=$/gm)].map(([, name = '']) => name);
    expect(offered.length).toBeGreaterThan(0);
    expect(offered.sort()).toEqual(variables.sort());
  });
});

describe('statuses and reasons', () => {
  test('every status of the servo has its chapter in RUNBOOK', () => {
    const chapters = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name);
    expect(chapters.sort()).toEqual([...SERVO_STATUSES].sort());
  });

  test('the table in ARCHITECTURE permits what the code permits', () => {
    const rows = codeRows(section(architecture, '## Servo status')).map(([name, , ...cells]) => [
      namesIn(name)[0],
      ...cells,
    ]);
    const word = (permitted: boolean) => (permitted ? 'yes' : 'no');
    const size = (factor: number) => (factor === 0.5 ? '½' : String(factor));
    const expected = SERVO_STATUSES.map((status) => {
      const { open, reduce, cancel, sizeFactor } = PERMITS[status];
      return [status, word(open), word(reduce), word(cancel), size(sizeFactor)];
    });
    expect(rows).toEqual(expected);
  });

  test('every reason of the gate is in GLOSSARY, gravest first', () => {
    expect(codeRows(section(glossary, '## Reasons of the gate')).map(([cell]) => namesIn(cell)[0])).toEqual([
      ...DENIAL_REASONS,
    ]);
  });

  test('every status of an order is in GLOSSARY', () => {
    expect(firstNames(section(glossary, '## Order statuses')).sort()).toEqual([...ORDER_STATUSES].sort());
  });
});

/** As GitHub makes them. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );

describe('what the documents point to', () => {
  test.each(DOCUMENTS)('%s: every relative link leads somewhere', (document) => {
    const targets = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('every file and folder that is named exists', () => {
    const present = [
      architecture.split('\n## Rooms for what comes')[0] ?? '',
      ...DOCUMENTS.filter((path) => path !== 'docs/ARCHITECTURE.md').map(read),
    ];
    const named = present.flatMap((text) => [
      ...[...text.matchAll(/`((?:src|tests|docs|bin|scripts|models|deploy|schema|bench)\/[\w./-]+)`/g)].map(
        ([, path = '']) => path,
      ),
      ...[...text.matchAll(/`((?:domain|servo|tests\/\w+)\/[\w./-]+\.ts)`/g)].map(([, path = '']) =>
        path.startsWith('tests') ? path : `src/${path}`,
      ),
    ]);
    expect(named.length).toBeGreaterThan(60);
    expect([...new Set(named)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('every folder of src is on the map', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const folders = [...new Set(sources.filter((path) => path.endsWith('.ts')).map((path) => dirname(path)))].filter(
      (folder) => folder !== '.' && !folder.includes('/'),
    );
    expect(folders.length).toBeGreaterThanOrEqual(10);
    expect(
      folders.map((folder) => `src/${folder}`).filter((path) => !section(architecture, '## Code map').includes(path)),
    ).toEqual([]);
  });

  test('every npm script that is named exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [readme, readmeFr, contributing].flatMap((text) =>
      [...text.matchAll(/npm (?:run )?([a-z][\w:]*)/g)].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(8);
    expect([...new Set(named)].filter((name) => name !== 'ci' && scripts[name] === undefined)).toEqual([]);
  });
});
