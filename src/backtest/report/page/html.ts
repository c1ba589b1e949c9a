/** HTML that cannot be broken by what is put into it: every value is escaped unless it was made by `html` itself. */

export interface Html {
  readonly html: string;
}

type Value = string | number | Html | readonly Html[] | null;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** A template whose values are escaped; lists are joined, null is nothing. Attributes must be quoted in the template. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = '';
  for (const [i, part] of parts.entries()) text += part + (i < values.length ? textOf(values[i] ?? null) : '');
  return { html: text };
}

function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return 'html' in value ? value.html : value.map((item) => item.html).join('');
}

export const NOTHING: Html = { html: '' };
