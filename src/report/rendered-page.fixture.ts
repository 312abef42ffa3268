/** Markdown as GitHub's readers see it, taken apart: what elements it has, and what text stands outside code. */

import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

export interface RenderedPage {
  /** Tags and comments with all their attributes, in order. */
  readonly tags: readonly string[];
  /** Text that GitHub looks through for mentions, references and addresses. */
  readonly prose: string;
  readonly code: string;
}

/** CommonMark with GitHub's extensions. Raw HTML comes through, as what GitHub lets through does. */
export const htmlOf = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });

const TAG = /<!--.*?-->|<[^>]*>/gs;

export function renderedPage(markdown: string): RenderedPage {
  const html = htmlOf(markdown);
  const text = (part: string): string => decoded(part.replaceAll(TAG, "\n"));
  const code = html.match(/<code[^>]*>[^<]*<\/code>/g) ?? [];
  return {
    tags: html.match(TAG) ?? [],
    prose: text(html.replaceAll(/<code[^>]*>[^<]*<\/code>/g, "<code></code>")),
    code: text(code.join("\n")),
  };
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

const decoded = (text: string): string =>
  text.replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, number: string | undefined, name = "") =>
    number === undefined ? (NAMED[name] ?? whole) : String.fromCodePoint(Number(number)),
  );

/**
 * What GitHub would make a link, a notification or an image of, where it stands in text: mentions, references to issues
 * and advisories, commits, addresses, emoji of its own.
 */
export const ACTING =
  /[@#](?=[\p{L}\p{N}_-])|:\/\/|(?<![a-z0-9])(?:GH-\d|CVE-\d|GHSA-\w|www\.)|(?<![a-z0-9])[0-9a-f]{7,40}(?![a-z0-9])|:[\w+-]+:/iu;
