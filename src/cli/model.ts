/** `servo model`: what models there are, whether they are sound, and which version of each serves. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { FEATURE_PACK } from '../domain/features.ts';
import type { ClassName } from '../inference/classes.ts';
import type { ExpectedFeatures, Passport } from '../inference/passport.ts';
import type { ModelHome } from '../inference/registry/model-home.ts';
import type { Shelf } from '../inference/registry/shelf.ts';
import { messageOf } from '../servo/error-budget.ts';
import { callOf } from './call.ts';
import { CliError, EXIT } from './exit-codes.ts';

interface ModelFlags {
  readonly config: string;
  readonly json?: boolean;
  readonly version?: string;
  readonly force?: boolean;
  readonly reason?: string;
}

interface ImportFlags extends ModelFlags {
  readonly name: string;
  readonly label: string;
  readonly features?: string;
  readonly classes?: string;
}

const CLASS_NAMES: readonly ClassName[] = ['down', 'flat', 'up'];

export function registerModel(program: Command): void {
  const model = program.command('model').description('models: list, inspect, check, import, promote, rollback');
  const define = (name: string, description: string) =>
    model
      .command(name)
      .description(description)
      .option('--config <path>', 'configuration file', 'config.yaml')
      .option('--json', 'as JSON');
  define('list', 'every model, the version that serves, its age and its figures').action(list);
  define('inspect <model>', 'all that is known of a model, in words')
    .option('--version <id>', 'this version (default: the one that serves)')
    .action(inspect);
  define('check <model>', 'every check of loading, and the time of one answer; <model> is a name or a folder')
    .option('--version <id>', 'this version (default: the one that serves)')
    .action(check);
  define(
    'import <file>',
    'take an ONNX model, or the JSON of XGBoost, that was trained elsewhere: it becomes a new version',
  )
    .requiredOption('--name <model>', 'the model that it becomes a version of')
    .requiredOption(
      '--label <bars,stop,target>',
      'what its classes were made with: horizon in bars, stop and target in ATRs',
    )
    .option('--features <file>', "its features in its own order, one name a line (default: the file's, or the pack's)")
    .option('--classes <names>', "its classes in the order of its columns (default: the file's, or down,flat,up)")
    .action(bringIn);
  define('promote <model> [version]', 'let a version serve (default: the newest); a running servo swaps between bars')
    .option('--force', 'also where its passport does not call it deployable; needs --reason')
    .option('--reason <text>', 'why (kept)')
    .action(promote);
  define('rollback <model>', 'let the version serve that served before')
    .option('--reason <text>', 'why (kept)')
    .action(rollback);
}

async function list(flags: ModelFlags): Promise<void> {
  const [{ modelsOn }, { listText }] = await Promise.all([
    import('../inference/registry/shelf.ts'),
    import('./model-text.ts'),
  ]);
  const models = await modelsOn(shelfOf(flags));
  print(flags, models, () => listText(models, Date.now()));
}

async function inspect(name: string, flags: ModelFlags): Promise<void> {
  const [{ passportOf }, { promotionsOf }, { inspectText }] = await Promise.all([
    import('../inference/registry/shelf.ts'),
    import('../inference/registry/model-home.ts'),
    import('./model-text.ts'),
  ]);
  const { home, version } = await findModel(name, flags);
  const [passport, promotions] = await Promise.all([passportOf(home, version), promotionsOf(home.folder)]);
  const { goldenRows, ...facts } = passport;
  print(flags, { ...home, version, passport: facts, promotions }, () =>
    inspectText({ home, version, passport, promotions }, Date.now()),
  );
}

async function check(name: string, flags: ModelFlags): Promise<void> {
  const [{ versionFolder }, { checkModel }, { checkText }] = await Promise.all([
    import('../inference/registry/model-home.ts'),
    import('../inference/registry/check.ts'),
    import('./model-text.ts'),
  ]);
  const { home, version } = await findModel(name, flags);
  const folder = versionFolder(home.folder, version);
  const { model, goldenRows, rowMicroseconds } = await checkModel(folder, await knownFeatures(flags));
  const found = { id: model.id, folder, bytes: model.onnx.length, goldenRows, rowMicroseconds };
  print(flags, found, () => checkText(found));
}

async function bringIn(file: string, flags: ImportFlags): Promise<void> {
  const [{ importModel }, { addVersion }, { homeOf }, { versionFolder }, { checkModel }] = await Promise.all([
    import('../inference/registry/import-model.ts'),
    import('../inference/registry/promote.ts'),
    import('../inference/registry/shelf.ts'),
    import('../inference/registry/model-home.ts'),
    import('../inference/registry/check.ts'),
  ]);
  const { name, features } = flags;
  refuseName(name);
  const version = await importModel(file, contentOf(file), {
    name,
    label: labelOf(flags.label),
    classes: flags.classes === undefined ? undefined : classesOf(flags.classes),
    featureNames: features === undefined ? undefined : linesOf(features),
    pack: FEATURE_PACK,
    now: new Date(),
  });
  const folder = homeOf(shelfOf(flags), name);
  const id = await addVersion(folder, version);
  const { model, rowMicroseconds } = await checkModel(versionFolder(folder, id), await knownFeatures(flags)).catch(
    async (error: unknown) => {
      // What this servo cannot serve is not left lying among what it can.
      await rm(versionFolder(folder, id), { recursive: true });
      throw error;
    },
  );
  print(flags, { model: model.id, version: id, folder, rowMicroseconds }, () =>
    [
      `${name}: version ${id} is in ${folder}, sound, ${rowMicroseconds.toFixed(0)} µs a row.`,
      'Nothing is known of its training: backtest it on data that it has not seen:',
      `  ${callOf(`backtest --model ${versionFolder(folder, id)} --data FILE …`)}`,
      'To let it serve all the same:',
      `  ${callOf(`model promote ${name} ${id} --force --reason "…"`)}`,
    ].join('\n'),
  );
}

/** It becomes a folder's name and stands in the passport. */
function refuseName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]*$/.test(name)) return;
  throw new CliError(EXIT.usage, `--name "${name}": a model is named with lower-case letters, digits, dots and dashes`);
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CliError(EXIT.missing, `${file} cannot be read: ${messageOf(error)}`);
  }
}

const linesOf = (file: string): readonly string[] =>
  contentOf(file)
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

function labelOf(text: string): Passport['label'] {
  const [horizonBars = 0, stopAtr = 0, targetAtr = 0, ...more] = text.split(',').map(Number);
  if (Number.isInteger(horizonBars) && horizonBars > 0 && stopAtr > 0 && targetAtr > 0 && more.length === 0) {
    return { kind: 'triple_barrier', horizonBars, stopAtr, targetAtr };
  }
  throw new CliError(EXIT.usage, `--label takes bars, stop and target such as 24,2,3, was "${text}"`);
}

function classesOf(text: string): readonly ClassName[] {
  const names = text.split(',').map((name) => name.trim());
  const known = CLASS_NAMES.filter((name) => names.includes(name));
  if (known.length === CLASS_NAMES.length && names.length === known.length) return names as readonly ClassName[];
  throw new CliError(EXIT.usage, `--classes takes down, flat and up in the order of the columns, was "${text}"`);
}

async function promote(name: string, chosen: string | undefined, flags: ModelFlags): Promise<void> {
  const [{ promote: carryOut }, { promotionText }] = await Promise.all([
    import('../inference/registry/promote.ts'),
    import('./model-text.ts'),
  ]);
  const { home, configured } = await findModel(name, flags);
  const id = chosen ?? home.versions.at(-1) ?? '';
  const promotion = await carryOut(home.folder, id, { ...(await requestOf(flags)), force: flags.force === true });
  print(flags, promotion, () => promotionText(home, promotion, configured));
}

async function rollback(name: string, flags: ModelFlags): Promise<void> {
  const [{ rollback: carryOut }, { promotionText }] = await Promise.all([
    import('../inference/registry/promote.ts'),
    import('./model-text.ts'),
  ]);
  const { home, configured } = await findModel(name, flags);
  const promotion = await carryOut(home.folder, await requestOf(flags));
  print(flags, promotion, () => promotionText(home, promotion, configured));
}

const requestOf = async (flags: ModelFlags) => ({
  by: userInfo().username,
  reason: flags.reason ?? '',
  now: new Date(),
  featureNames: await knownFeatures(flags),
});

/** What the servo of this configuration can compute. */
async function knownFeatures({ config }: ModelFlags): Promise<ExpectedFeatures> {
  const { knownFeaturesOf } = await import('../feature-specs.ts');
  return knownFeaturesOf(loadConfig(config));
}

function shelfOf({ config: path }: ModelFlags): Shelf {
  const { models, file } = loadConfig(path);
  const configured = Object.entries(models).map(([name, { path: folder }]) => [name, folder] as const);
  return { configured: Object.fromEntries(configured), folder: join(dirname(file), 'models') };
}

interface FoundModel {
  readonly home: ModelHome;
  /** The one that is asked for: named, else serving, else the newest. */
  readonly version: string;
  /** A servo of this configuration asks it. */
  readonly configured: boolean;
}

/** By its name in the configuration, by its folder's name in `models`, or by a path. */
async function findModel(name: string, flags: ModelFlags): Promise<FoundModel> {
  const [{ homeOf, modelsOn }, { openHome }] = await Promise.all([
    import('../inference/registry/shelf.ts'),
    import('../inference/registry/model-home.ts'),
  ]);
  const shelf = shelfOf(flags);
  const folder = [homeOf(shelf, name), resolve(name)].find((path) => existsSync(path));
  if (folder === undefined) {
    const names = (await modelsOn(shelf)).map((model) => model.name).join(', ') || 'none';
    throw new CliError(
      EXIT.missing,
      `No model is called "${name}" (there are: ${names}). See ${callOf('model list')}.`,
    );
  }
  const home = await openHome(folder);
  const version = flags.version ?? home.serving ?? home.versions.at(-1) ?? '';
  const configured = Object.values(shelf.configured).includes(folder);
  if (home.versions.includes(version)) return { home, version, configured };
  throw new CliError(EXIT.missing, `${folder} has no version ${version}; there are ${home.versions.join(', ')}.`);
}

const print = (flags: ModelFlags, answer: unknown, words: () => string): void => {
  process.stdout.write(`${flags.json === true ? JSON.stringify(answer, null, 2) : words()}\n`);
};
