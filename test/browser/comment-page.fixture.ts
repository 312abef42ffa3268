/** A comment as a page: rendered as GitHub renders Markdown, in a style of our own that looks much like it. */

import { htmlOf } from "../../src/report/rendered-page.fixture.ts";

/** No script, and nothing from elsewhere. */
export const commentPage = (markdown: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Pull request comment</title>
<style>${STYLE}</style>
<article>
<header><span class="who">keywright</span><span class="bot">bot</span> commented on this pull request <em>· edited</em></header>
<main>${coloured(withAlerts(htmlOf(markdown)))}</main>
</article>
</html>`;

/** GitHub's alerts are quotes whose first line names their sort. */
const withAlerts = (html: string): string =>
  html.replaceAll(
    /<blockquote>\s*<p>\[!([A-Z]+)\]\n/g,
    (_, sort: string) =>
      `<blockquote class="alert ${sort.toLowerCase()}"><p class="title">${sort.charAt(0)}${sort.slice(1).toLowerCase()}</p><p>`,
  );

/** What a block of code says of a difference, line by line. */
const coloured = (html: string): string =>
  html.replaceAll(/(<code class="language-diff">)([^<]*)/g, (_, open: string, lines: string) => {
    const sorts: Readonly<Record<string, string>> = { "+": "added", "-": "removed" };
    const marked = lines.split("\n").map((line) => {
      const sort = sorts[line.charAt(0)];
      return sort === undefined ? line : `<span class="${sort}">${line}</span>`;
    });
    return open + marked.join("\n");
  });

const STYLE = `
  * { box-sizing: border-box; }
  body { margin: 0; padding: 16px; background: #fff; color: #1f2328; width: 980px;
    font: 14px/1.5 "DejaVu Sans", sans-serif; font-size: 13px; }
  article { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
  header { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e; }
  header em { font-style: normal; }
  .who { color: #1f2328; font-weight: 600; }
  .bot { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px; margin: 0 6px; font-size: 11px; }
  main { padding: 4px 16px 8px; }
  h3 { font-size: 17px; margin: 14px 0 10px; }
  p, ul, table, pre, blockquote { margin: 0 0 12px; }
  a { color: #0969da; text-decoration: none; }
  ul { padding-left: 24px; }
  code { font: 12px "DejaVu Sans Mono", monospace; background: #eff1f3; border-radius: 6px; padding: 2px 5px;
    overflow-wrap: anywhere; }
  td code { white-space: nowrap; }
  pre { background: #f6f8fa; border-radius: 6px; padding: 12px; overflow: hidden; }
  pre code { background: none; padding: 0; }
  pre span { display: inline-block; width: 100%; }
  .added { color: #116329; background: #dafbe1; }
  .removed { color: #82071e; background: #ffebe9; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border: 1px solid #d1d9e0; padding: 5px 10px; text-align: left; vertical-align: top; }
  th { font-weight: 600; }
  tr:nth-child(2n) td { background: #f6f8fa; }
  tr:nth-child(2n) td code { background: #e6eaed; }
  hr { border: 0; border-top: 1px solid #d1d9e0; margin: 14px 0; }
  details { margin: 0 0 6px; }
  details[open] { margin-bottom: 12px; }
  details > ul { margin-top: 8px; }
  summary { cursor: pointer; }
  blockquote { border-left: 4px solid #d1d9e0; padding: 2px 14px; color: #59636e; }
  .alert { color: inherit; }
  .alert > :last-child { margin-bottom: 0; }
  .alert p { margin-bottom: 6px; }
  .alert .title { font-weight: 600; }
  .important { border-color: #8250df; } .important .title { color: #8250df; }
  .caution { border-color: #cf222e; } .caution .title { color: #cf222e; }
  .warning { border-color: #9a6700; } .warning .title { color: #9a6700; }
`;
