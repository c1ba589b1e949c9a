/** Loads a package that only downloads need; who never downloads need not install it. */
import { DownloadError } from './download-error.ts';

export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new DownloadError(`This source needs the package ${name}, which is not installed: npm install ${name}`);
  }
}
