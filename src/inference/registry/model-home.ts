/** Where a model lives: a folder with a passport and its ONNX, or one with several versions of which one is current. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ModelError, reasonOf } from '../model-error.ts';

/** The files that lie in the home itself, without a folder of versions. */
export const ORIGINAL = 'original';

const promotionSchema = z
  .strictObject({
    action: z.enum(['promote', 'rollback']),
    id: z.string().regex(/^[\w][\w.-]*$/),
    /** What served before. */
    from: z.string().nullable(),
    promotedAt: z.iso.datetime(),
    by: z.string(),
    /** Against what its own passport says. */
    forced: z.boolean(),
    reason: z.string(),
  })
  .readonly();

export type Promotion = z.infer<typeof promotionSchema>;

export interface ModelHome {
  /** By the name of its folder. */
  readonly name: string;
  readonly folder: string;
  /** Oldest first; `original` is the oldest. */
  readonly versions: readonly string[];
  /** The version that serves; absent before the first promotion of a home that has versions alone. */
  readonly serving: string | undefined;
  /** Why it serves; absent for an `original` that nobody had to promote. */
  readonly promotion: Promotion | undefined;
}

export const versionsFolder = (home: string): string => join(home, 'versions');
export const currentFile = (home: string): string => join(home, 'current');
export const promotionsFile = (home: string): string => join(home, 'promotions.jsonl');

export const versionFolder = (home: string, id: string): string =>
  id === ORIGINAL ? home : join(versionsFolder(home), id);

/** Throws a `ModelError` where nothing like a model is. */
export async function openHome(folder: string): Promise<ModelHome> {
  const [promotion, added, plain] = await Promise.all([
    readCurrent(folder),
    addedVersions(folder),
    isFile(join(folder, 'passport.json')),
  ]);
  if (!plain && added.length === 0) {
    throw new ModelError(
      folder,
      'no passport.json and no versions are there',
      'Name the folder of a model, or train or import one',
    );
  }
  const versions = [...(plain ? [ORIGINAL] : []), ...added];
  const serving = promotion?.id ?? (plain ? ORIGINAL : undefined);
  if (serving !== undefined && !versions.includes(serving)) {
    throw new ModelError(
      currentFile(folder),
      `version ${serving} is not there`,
      'Promote another, or roll back: servo model promote',
    );
  }
  return { name: basename(folder), folder, versions, serving, promotion };
}

/** Whether there is anything of a model in the folder, sound or not. */
export async function holdsModel(folder: string): Promise<boolean> {
  return (await isFile(join(folder, 'passport.json'))) || (await addedVersions(folder)).length > 0;
}

/** The folder that passport and ONNX are to be read from. */
export async function servingFolder(folder: string): Promise<string> {
  const { serving, versions } = await openHome(folder);
  if (serving !== undefined) return versionFolder(folder, serving);
  throw new ModelError(
    folder,
    `none of its ${versions.length} versions is promoted`,
    `Check one and promote it: servo model promote ${basename(folder)}`,
  );
}

/** Every promotion and rollback, oldest first. */
export async function promotionsOf(folder: string): Promise<readonly Promotion[]> {
  const path = promotionsFile(folder);
  const text = await readText(path);
  return (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parsePromotion(`${path}:${index + 1}`, line));
}

/** A number that changes when `current` is replaced; undefined where there is none. */
export async function currentStamp(folder: string): Promise<string | undefined> {
  const found = await stat(currentFile(folder), { bigint: true }).catch(absent);
  return found === undefined ? undefined : `${found.ino}-${found.mtimeNs}-${found.size}`;
}

async function readCurrent(folder: string): Promise<Promotion | undefined> {
  const text = await readText(currentFile(folder));
  return text === undefined ? undefined : parsePromotion(currentFile(folder), text);
}

function parsePromotion(where: string, text: string): Promotion {
  try {
    return promotionSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new ModelError(where, `not a promotion: ${reasonOf(thrown)}`, 'Promote a version again: servo model promote');
  }
}

async function addedVersions(folder: string): Promise<string[]> {
  const entries = (await readdir(versionsFolder(folder), { withFileTypes: true }).catch(absent)) ?? [];
  const complete = entries.filter((entry) => entry.isDirectory() && !entry.name.endsWith('.new'));
  return complete.map(({ name }) => name).sort();
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(absent))?.isFile() ?? false;

const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(absent);

/** What is not there is no fault; what cannot be read is one. */
function absent(thrown: unknown): undefined {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw thrown;
}
