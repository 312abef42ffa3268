/** Links that are ours: to the run that made a comment. Security check G10. */

/** `[text](<url>)`, or just `text` for what is no `https:` or `http:` address. `text` is Markdown already. */
export function markdownLink(text: string, url: string | undefined): string {
  const address = url === undefined ? undefined : addressOf(url);
  return address === undefined ? text : `[${text}](<${address}>)`;
}

const UNSAFE = /[<>\\|`\s]/g;

function addressOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, href } = new URL(text);
  if (!/^https?:$/.test(protocol) || username !== "" || password !== "") return undefined;
  return href.replaceAll(UNSAFE, encodeURIComponent);
}
