/** A model's folder as files: the passport's form, the features it asks for and the hash of the ONNX are checked, the model is not yet opened. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError, reasonOf } from './model-error.ts';
import { checkFeatures, type ExpectedFeatures, type Passport, parsePassport, sha256 } from './passport.ts';
import { EXPORT_AGAIN } from './proof.ts';

export interface LoadedModel {
  /** Name and the beginning of its hash: what predictions are signed with. */
  readonly id: string;
  readonly passport: Passport;
  /** The very bytes that were checked. */
  readonly onnx: Uint8Array;
}

/** Throws a `ModelError` with one message: what, where, how to mend it. */
export async function readModel(folder: string, expected: ExpectedFeatures): Promise<LoadedModel> {
  const passportFile = join(folder, 'passport.json');
  const onnxFile = join(folder, 'model.onnx');
  const passport = await readPassport(folder);
  checkFeatures(passportFile, passport, expected);
  const onnx = await read(onnxFile);
  const hash = sha256(onnx);
  if (hash !== passport.modelSha256) {
    throw new ModelError(
      `${passportFile}: modelSha256`,
      `${onnxFile} has ${hash}, not ${passport.modelSha256}`,
      EXPORT_AGAIN,
    );
  }
  return { id: `${passport.name}@${hash.slice(0, 12)}`, passport, onnx };
}

/** Its form alone is checked. */
export async function readPassport(folder: string): Promise<Passport> {
  const file = join(folder, 'passport.json');
  return parsePassport(file, (await read(file)).toString('utf8'));
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const fault = code === 'ENOENT' ? 'there is no such file' : reasonOf(thrown);
    throw new ModelError(file, fault, 'Name a folder with passport.json and model.onnx, or run `npm run model:demo`');
  }
}
