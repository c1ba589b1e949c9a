/** What the queues say of themselves in Prometheus' words, put together for one answer. */
import type { FastifyRequest } from 'fastify';
import type { ApiOptions } from './options.ts';

/** The servo's own figures must not depend on the queue server's health. */
export async function queueMetrics(
  { queueMetrics: ask }: Pick<ApiOptions, 'queueMetrics'>,
  request: FastifyRequest,
): Promise<string> {
  if (ask === undefined) return '';
  try {
    return byFamily(await ask());
  } catch (error) {
    request.log.warn({ err: error }, 'the queues give no metrics');
    return '# the queues give no metrics now';
  }
}

/** Each queue gives a text of its own; the format wants a family's series together, under one head. */
function byFamily(text: string): string {
  const families = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const name = /^(?:# (?:HELP|TYPE) )?([a-zA-Z_:][\w:]*)/.exec(line)?.[1];
    if (name !== undefined) families.set(name, (families.get(name) ?? new Set()).add(line));
  }
  return [...families.values()].flatMap((lines) => [...lines]).join('\n');
}
