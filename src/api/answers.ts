/** An answer as OpenAPI describes it: words, media type and shape. */
import type { z } from 'zod';

export const answerOf = (description: string, schema: z.ZodType, type = 'application/json') => ({
  description,
  content: { [type]: { schema } },
});
