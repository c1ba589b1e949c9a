/** Why a download ended, and how it goes on. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}
