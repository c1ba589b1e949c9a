/** Opens the API's door, or says in one line why it cannot be opened. */
import type { FastifyInstance } from 'fastify';
import { hostInUrl } from './same-origin.ts';

/** The address cannot be listened on; the message says what to do. */
export class ApiListenError extends Error {
  override readonly name = 'ApiListenError';
  /** The process's exit code for "a needed service is missing". */
  readonly exitCode = 4;
}

const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} on ${host} is taken by another program, perhaps another servo. Stop it, or choose another port: api.port in config.yaml or --api-port.`,
  EACCES: (host, port) =>
    `Port ${port} on ${host} is reserved for the system. Choose one above 1023: api.port in config.yaml or --api-port.`,
  EADDRNOTAVAIL: (host) => `${host} is no address of this machine. Choose another: api.host in config.yaml.`,
  ENOTFOUND: (host) => `${host} is no known name. Choose another: api.host in config.yaml.`,
};

/** The address it then answers at, such as `http://127.0.0.1:8080`. */
export async function listenApi(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = REASONS[code];
    throw reason === undefined ? error : new ApiListenError(reason(host, port), { cause: error });
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${hostInUrl(host)}:${bound}`;
}
