/** A copy of the queue server for this servo alone, taken from the machine's own apt sources without root and without installing. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandResult, RunCommand } from './run-command.ts';

const APT_MS = 120_000;
const UNPACK_MS = 30_000;

/** The copy comes from the distribution the machine runs, so the C library there fits and is left out. */
const SERVER_OR_LIBRARY = /^(redis|valkey|lib(?!c6$))[\w.+-]*$/;

export function privateCopyPath(privateDir: string, names: readonly string[]): string | null {
  return names.map((name) => join(resolve(privateDir), 'bin', name)).find((file) => existsSync(file)) ?? null;
}

/** Returns why it did not work, or null. What an interrupted try leaves behind is never taken for a copy. */
export async function fetchPrivateCopy(
  privateDir: string,
  names: readonly string[],
  run: RunCommand,
): Promise<string | null> {
  const target = resolve(privateDir);
  const draft = `${target}.draft-${process.pid}`;
  try {
    await Promise.all(
      ['lists/partial', 'cache/archives/partial'].map((dir) => mkdir(join(draft, dir), { recursive: true })),
    );
    const failure = await fillDraft(draft, names, run);
    if (failure !== null) return failure;
    await rm(target, { recursive: true, force: true });
    await rename(draft, target);
    return null;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fillDraft(draft: string, names: readonly string[], run: RunCommand): Promise<string | null> {
  const apt = (program: string, ...args: string[]): Promise<CommandResult> =>
    run(program, [...aptFolders(draft), ...args], { cwd: join(draft, 'cache'), timeoutMs: APT_MS });

  // One unreachable source of many fails the update as a whole; whether the lists suffice shows at the download.
  const updated = await apt('apt-get', 'update');
  for (const name of names) {
    const packages = requiredPackages(
      (await apt('apt-cache', 'depends', '--important', '--recurse', name)).output,
      name,
    );
    if (packages.length < 2) continue;
    const downloaded = await apt('apt-get', 'download', ...packages);
    if (!downloaded.ok) return reasonIn(downloaded);
    return unpack(draft, name, run);
  }
  return updated.ok ? `the machine's apt sources have no ${names.join(' or ')}` : reasonIn(updated);
}

function aptFolders(draft: string): string[] {
  return [
    `Dir::State::Lists=${join(draft, 'lists')}`,
    `Dir::Cache=${join(draft, 'cache')}`,
    // As root, apt would otherwise download as a user who may not enter this folder.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    'Acquire::https::Timeout=20',
  ].flatMap((setting) => ['-o', setting]);
}

/** Walks the listing of `apt-cache depends --recurse` along servers and libraries only. */
export function requiredPackages(listing: string, root: string): string[] {
  const dependencies = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of listing.split('\n')) {
    const dependency = /^ [ |](?:Pre)?Depends: (\S+)$/.exec(line)?.[1];
    if (dependency !== undefined) current.push(dependency);
    else if (/^\S+$/.test(line)) {
      current = [];
      dependencies.set(line, current);
    }
  }
  const wanted = new Set(dependencies.has(root) ? [root] : []);
  for (const name of wanted) {
    for (const dependency of dependencies.get(name) ?? []) {
      if (SERVER_OR_LIBRARY.test(dependency)) wanted.add(dependency);
    }
  }
  return [...wanted];
}

async function unpack(draft: string, name: string, run: RunCommand): Promise<string | null> {
  const archives = join(draft, 'cache');
  for (const file of (await readdir(archives)).filter((entry) => entry.endsWith('.deb'))) {
    const unpacked = await run('dpkg-deb', ['--extract', join(archives, file), draft], { timeoutMs: UNPACK_MS });
    if (!unpacked.ok) return reasonIn(unpacked);
  }
  await Promise.all(['lists', 'cache'].map((dir) => rm(join(draft, dir), { recursive: true })));
  await writeStarter(draft, name);
  return null;
}

/** The copied libraries are named in the server's own environment only: Node and its children must not see them. */
async function writeStarter(draft: string, name: string): Promise<void> {
  const folders = [];
  for (const parent of ['usr/lib', 'lib']) {
    const entries = existsSync(join(draft, parent)) ? await readdir(join(draft, parent)) : [];
    folders.push(...entries.filter((entry) => entry.includes('-linux-')).map((entry) => `$here/${parent}/${entry}`));
  }
  const script = `#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
LD_LIBRARY_PATH="${folders.join(':')}" exec "$here/usr/bin/${name}" "$@"
`;
  const file = join(draft, 'bin', name);
  await mkdir(join(draft, 'bin'), { recursive: true });
  await writeFile(file, script);
  await chmod(file, 0o755);
}

function reasonIn(result: CommandResult): string {
  const lines = result.output.split('\n');
  return (lines.find((line) => line.startsWith('E: ')) ?? lines.at(-1) ?? '').replace(/^E: /, '');
}
