import { KeywrightError } from "../core/error.ts";
import type { ApiClient } from "../http/api-client.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";

const PER_PAGE = 100;
const MOST_PAGES = 50;

export interface Listing<Page, Item> {
  /** Of the first page, with a query of its own if it has one. */
  readonly path: string;
  readonly schema: SchemaOf<Page>;
  readonly itemsOf: (page: Page) => readonly Item[];
  /** What the items are, in the plural, for a message. */
  readonly what: string;
}

/** All pages of a list. GITHUB_FAILED where there are more than anybody has, so that nothing is decided by a part. */
export async function readPages<Page, Item>(
  client: ApiClient,
  { path, schema, itemsOf, what }: Listing<Page, Item>,
  signal?: AbortSignal,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = `${path.includes("?") ? "&" : "?"}per_page=${PER_PAGE}&page=${page}`;
    const { request, response } = await client.read(`${path}${query}`, signal);
    items.push(...itemsOf(parseAnswer(schema, response, request)));
    if (!hasNext(response.headers["link"])) return items;
  }
  throw new KeywrightError("GITHUB_FAILED", `There are more than ${MOST_PAGES * PER_PAGE} ${what}.`, {
    hint: "Keywright reads no more of them: nothing is decided by a part of a list.",
  });
}

/** The address in it is not followed: the next page is that of the same list (RFC 8288). */
const hasNext = (link = ""): boolean => /;\s*rel="?next\b/i.test(link);
