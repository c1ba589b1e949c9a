/** The models there are: those that the configuration names, and every other home in the folder `models` beside it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../model-error.ts';
import type { Passport } from '../passport.ts';
import { readPassport } from '../read-model.ts';
import { holdsModel, type ModelHome, openHome, versionFolder } from './model-home.ts';

/** A model that the shelf holds; `fault` says why it cannot be read. */
export interface ShelvedModel {
  readonly name: string;
  readonly folder: string;
  readonly configured: boolean;
  readonly home?: ModelHome;
  /** Of the version that serves, or of the newest where none does. */
  readonly passport?: Passport;
  readonly fault?: string;
}

export interface Shelf {
  /** Folders by the name under `models` in the configuration. */
  readonly configured: Readonly<Record<string, string>>;
  /** Holds homes by their folder's name. */
  readonly folder: string;
}

/** In order of name. Nothing is loaded: `checkModel` does that. */
export async function modelsOn(shelf: Shelf): Promise<readonly ShelvedModel[]> {
  const known = new Set(Object.values(shelf.configured));
  const others = (await foldersIn(shelf.folder)).filter((name) => !known.has(join(shelf.folder, name)));
  const holding = await Promise.all(others.map((name) => holdsModel(join(shelf.folder, name))));
  const beside = others.filter((_, place) => holding[place]);
  const named = [
    ...Object.entries(shelf.configured).map(([name, folder]) => ({ name, folder, configured: true })),
    ...beside.map((name) => ({ name, folder: join(shelf.folder, name), configured: false })),
  ];
  const models = await Promise.all(named.map(shelved));
  return models.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where the model of this name lives, or would live. */
export const homeOf = ({ configured, folder }: Shelf, name: string): string => configured[name] ?? join(folder, name);

export const passportOf = (home: ModelHome, id: string): Promise<Passport> =>
  readPassport(versionFolder(home.folder, id));

async function shelved(model: Pick<ShelvedModel, 'name' | 'folder' | 'configured'>): Promise<ShelvedModel> {
  try {
    const home = await openHome(model.folder);
    const shown = home.serving ?? home.versions.at(-1);
    return { ...model, home, ...(shown !== undefined && { passport: await passportOf(home, shown) }) };
  } catch (thrown) {
    return { ...model, fault: reasonOf(thrown) };
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
