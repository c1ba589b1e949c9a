/** Which version of a model serves: added, promoted after every check, rolled back to the one before. All of it is kept. */
import { mkdir } from 'node:fs/promises';
import { loadModel } from '../load-model.ts';
import { ModelError, reasonOf } from '../model-error.ts';
import { type ExpectedFeatures, type Passport, sha256 } from '../passport.ts';
import type { LoadedModel } from '../read-model.ts';
import { appendLine, makeFolderOf, replaceFile } from './durable-file.ts';
import {
  currentFile,
  type ModelHome,
  ORIGINAL,
  openHome,
  type Promotion,
  promotionsFile,
  promotionsOf,
  versionFolder,
  versionsFolder,
} from './model-home.ts';

/** The model is sound, but not fit to be traded: only force promotes it. */
export class UnfitModelError extends Error {
  override readonly name = 'UnfitModelError';
}

export interface NewVersion {
  readonly passport: Passport;
  readonly onnx: Uint8Array;
  /** Whatever else is kept beside them, such as a report, by file name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** When it was made and the beginning of its hash: sorted by name is sorted by age. */
export const versionIdOf = ({ createdAt, modelSha256 }: Passport): string =>
  `${createdAt.replace(/\.\d+/, '').replaceAll(/[-:]/g, '')}-${modelSha256.slice(0, 12)}`;

/** Adds a version to the home, which need not exist yet; what serves stays. Returns the version's id. */
export async function addVersion(home: string, { passport, onnx, files = {} }: NewVersion): Promise<string> {
  if (passport.modelSha256 !== sha256(onnx)) {
    throw new ModelError(home, 'the passport is of another model', 'Write the hash of these bytes into it');
  }
  const id = versionIdOf(passport);
  await mkdir(versionsFolder(home), { recursive: true });
  const passportText = `${JSON.stringify(passport, null, 1)}\n`;
  try {
    await makeFolderOf(versionFolder(home, id), { ...files, 'passport.json': passportText, 'model.onnx': onnx });
  } catch (thrown) {
    throw new ModelError(
      versionFolder(home, id),
      `cannot be written: ${reasonOf(thrown)}`,
      'Free the place, or wait a second',
    );
  }
  return id;
}

export interface PromotionRequest {
  readonly by: string;
  readonly reason: string;
  /** Also a model that its passport does not call deployable. */
  readonly force: boolean;
  readonly now: Date;
  /** That the servo computes, in their order. */
  readonly featureNames: ExpectedFeatures;
}

/** Why a model is not to be traded by its own passport; empty when it is. */
export function unfitness({ verdict }: Passport): readonly string[] {
  if (verdict === undefined) return ['nobody has judged it: its passport has no verdict'];
  if (verdict.deployable) return [];
  return verdict.reasons.length === 0 ? ['its passport says that it is not deployable'] : verdict.reasons;
}

/** Checks everything that loading checks, then makes the version current in one step. Throws `ModelError` or `UnfitModelError`. */
export async function promote(folder: string, id: string, request: PromotionRequest): Promise<Promotion> {
  const home = await openHome(folder);
  const model = await checkedVersion(home, id, request.featureNames);
  const reasons = unfitness(model.passport);
  const forced = reasons.length > 0;
  if (forced && !request.force) {
    throw new UnfitModelError(
      `${model.id} is not deployable: ${reasons.join('; ')}. ` +
        'Train a better one, or take it all the same with --force and --reason "…", which are kept.',
    );
  }
  if (forced && request.reason.trim() === '') {
    throw new UnfitModelError(`${model.id} is not deployable: force needs a reason, which is kept: --reason "…".`);
  }
  return record(home, { action: 'promote', id, forced }, request);
}

/** Back to the version that served before. Throws a `ModelError` where there is none, or it is no longer sound. */
export async function rollback(folder: string, request: Omit<PromotionRequest, 'force'>): Promise<Promotion> {
  const home = await openHome(folder);
  const id = await versionBefore(home);
  const { passport } = await checkedVersion(home, id, request.featureNames);
  return record(home, { action: 'rollback', id, forced: unfitness(passport).length > 0 }, request);
}

async function checkedVersion(
  { folder, versions }: ModelHome,
  id: string,
  featureNames: ExpectedFeatures,
): Promise<LoadedModel> {
  if (!versions.includes(id)) {
    throw new ModelError(folder, `no version ${id}`, `There are ${versions.join(', ')}`);
  }
  return loadModel(versionFolder(folder, id), featureNames);
}

/** A rollback takes the last promotion away, so that two of them go two versions back. */
async function versionBefore({ folder, versions }: ModelHome): Promise<string> {
  const stack = versions.includes(ORIGINAL) ? [ORIGINAL] : [];
  for (const { action, id } of await promotionsOf(folder)) {
    if (action === 'promote') stack.push(id);
    else stack.pop();
  }
  const before = stack.at(-2);
  if (before !== undefined) return before;
  throw new ModelError(folder, 'no version served before the present one', 'Promote the one that you want');
}

async function record(
  { folder, serving }: ModelHome,
  choice: Pick<Promotion, 'action' | 'id' | 'forced'>,
  { by, reason, now }: Pick<PromotionRequest, 'by' | 'reason' | 'now'>,
): Promise<Promotion> {
  const promotion: Promotion = { ...choice, from: serving ?? null, promotedAt: now.toISOString(), by, reason };
  // The history first: a version that serves without an entry would be a secret.
  await appendLine(promotionsFile(folder), JSON.stringify(promotion));
  await replaceFile(currentFile(folder), `${JSON.stringify(promotion, null, 1)}\n`);
  return promotion;
}
