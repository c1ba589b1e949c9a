/** What a model tells chances of, in the order of this servo's own models. */
export const CLASSES = ['down', 'flat', 'up'] as const;
export type ClassName = (typeof CLASSES)[number];
