/** One offline HTML file: no script, nothing from the network, and a policy that holds it to that. */
import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import { STYLE } from './style.ts';

export interface Page {
  /** Of the tab and the heading. */
  readonly title: string;
  /** Under the heading: what was looked at. */
  readonly subtitle: string;
  /** Between heading and sections: verdict and warnings. */
  readonly lead: Html;
  readonly sections: readonly Section[];
  readonly footer: string;
}

export interface Section {
  /** Of the link in the list of contents. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function pageOf({ title, subtitle, lead, sections, footer }: Page): string {
  const style = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>${title}</h1>
<p class="soft">${subtitle}</p>
${lead}
<nav aria-label="Contents"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main">
${sections.map(sectionOf)}
</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`;
  return document.html;
}

const sectionOf = ({ id, title, body }: Section): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;

/** A sentence that must be read; `loud` is framed and larger. */
export const notice = (severity: 'loud' | 'warning' | 'note', text: string): Html =>
  html`<p class="notice ${severity}"><strong>${severity === 'loud' ? '⚠ warning' : severity}</strong>${text}</p>
`;

export const paragraph = (text: string): Html => html`<p class="soft small">${text}</p>
`;

/** Names and values one under the other. */
export const facts = (rows: readonly (readonly [name: string, value: string])[]): Html =>
  html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
`;

/** The few figures that are read first, beside each other. */
export const tiles = (rows: readonly (readonly [name: string, value: string])[]): Html =>
  html`<dl class="tiles">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;

/** Two or more blocks beside each other where there is room. */
export const pair = (...blocks: readonly Html[]): Html =>
  html`<div class="pair">${blocks.map((block) => html`<div>${block}</div>`)}</div>`;
