/** Files that survive a loss of power: whole or not at all, and there when the call has returned. */
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Takes the place of what is there in one step. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeFlushed(draft, text);
  await rename(draft, path);
  await flushFolder(dirname(path));
}

export async function appendLine(path: string, line: string): Promise<void> {
  await flushed(await open(path, 'a', 0o644), `${line}\n`);
  await flushFolder(dirname(path));
}

/** A new folder with these files: readers see all of them or no folder. Throws EEXIST or ENOTEMPTY where one is already. */
export async function makeFolderOf(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const draft = `${folder}.${process.pid}.new`;
  await mkdir(draft, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFlushed(join(draft, name), content);
  await flushFolder(draft);
  await rename(draft, folder);
  await flushFolder(dirname(folder));
}

const writeFlushed = async (path: string, content: string | Uint8Array): Promise<void> =>
  flushed(await open(path, 'w', 0o644), content);

async function flushed(file: FileHandle, content: string | Uint8Array): Promise<void> {
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename survives once its folder is flushed. */
async function flushFolder(folder: string): Promise<void> {
  const entry = await open(folder, 'r');
  try {
    await entry.sync();
  } finally {
    await entry.close();
  }
}
