/** Lists of Cortex, which come in pages by position. */

import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import type { Reading } from "../steady-reading.ts";

const PAGE_SIZE = 1000;

/** What a list that comes whole may leave out. */
interface Counted {
  readonly total?: number;
  readonly totalPages?: number;
}

export interface PagedList<T, P extends Counted> {
  readonly path: string;
  /** Of one page. */
  readonly schema: SchemaOf<P>;
  readonly itemsOf: (page: P) => readonly T[];
  readonly idOf: (item: T) => string;
}

/** One way through all pages, for `readSteadily`. */
export async function readPages<T, P extends Counted>(
  client: ApiClient,
  { path, schema, itemsOf, idOf }: PagedList<T, P>,
  signal?: AbortSignal,
): Promise<Reading<T>> {
  const items = new Map<string, T>();
  for (let pages = 1; ; pages += 1) {
    const place = `${path}?pageSize=${PAGE_SIZE}&page=${pages - 1}`;
    const { request, response } = await client.read(place, signal);
    const page = parseAnswer(schema, response, request);
    const before = items.size;
    for (const item of itemsOf(page)) items.set(idOf(item), item);
    const { total = items.size, totalPages = 1 } = page;
    // A count that is too low says nothing of the end; a page that brings nothing new does, whatever is counted.
    const isLast = pages >= totalPages && items.size <= total;
    if (isLast || items.size === before) return { items, total, pages };
  }
}
