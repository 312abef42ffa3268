/** What stores and what stands before them do that no contract allows. */

import {
  parseBody,
  type ProxyAnswer,
  type ProxyRequest,
  type Twist,
  withBody,
} from "./quirk-proxy.fixture.ts";
import type { Listing, VendorDialect } from "./vendor-dialects.fixture.ts";

export const PLAIN_500: ProxyAnswer = {
  status: 500,
  headers: { "content-type": "text/plain" },
  body: "Internal Server Error (waitress)",
};
export const LOGIN: ProxyAnswer = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<!doctype html><title>Sign in</title>",
};
export const REDIRECT: ProxyAnswer = {
  status: 302,
  headers: { location: "https://login.example/" },
  body: "",
};

/** The store never hears of the request. */
export const instead =
  (answer: ProxyAnswer): Twist =>
  () =>
    Promise.resolve(answer);

/** The store carries the request out, and the client is told something else. */
export const afterwards =
  (answer: ProxyAnswer): Twist =>
  async (request, forward) => {
    await forward(request);
    return answer;
  };

export const edited =
  (edit: (answer: ProxyAnswer) => ProxyAnswer): Twist =>
  async (request, forward) =>
    edit(await forward(request));

export const twice: Twist = async (request, forward) => {
  await forward(request);
  return forward(request);
};

export const cut: Twist = edited((answer) => ({ ...answer, isCut: true }));

/** Does something else with the requests that `matches`. */
export const when =
  (matches: (request: ProxyRequest) => boolean, twist: Twist): Twist =>
  (request, forward) =>
    matches(request) ? twist(request, forward) : forward(request);

/** Only the first so many times. */
export function times(count: number, twist: Twist): Twist {
  let left = count;
  return (request, forward) => {
    left -= 1;
    return left >= 0 ? twist(request, forward) : forward(request);
  };
}

export const editListing =
  (dialect: VendorDialect, edit: (listing: Listing, request: ProxyRequest) => Listing): Twist =>
  async (request, forward) => {
    const answer = await forward(request);
    if (!dialect.isList(request) || answer.status !== 200) return answer;
    const body = parseBody(answer);
    return withBody(answer, dialect.withListing(body, edit(dialect.readListing(body), request)));
  };

/**
 * New keys show up only after so many listings. `isCounted`: the store's count has them at once.
 */
export function lateList(dialect: VendorDialect, listings: number, isCounted = false): Twist {
  const hidden = new Map<string, number>();
  const isHidden = (text: string): boolean =>
    [...hidden].some(([mark, left]) => left > 0 && text.includes(mark));
  const hide = editListing(dialect, ({ keys, total }, request) => {
    const shown = keys.filter((key) => !isHidden(dialect.textOf(key)));
    if (dialect.isFirstPage(request)) for (const [mark, left] of hidden) hidden.set(mark, left - 1);
    return { keys: shown, total: isCounted ? total : total - (keys.length - shown.length) };
  });
  return (request, forward) => {
    const mark = dialect.isCreate(request) ? /\[kw [^\]]+\]/.exec(request.body)?.[0] : undefined;
    if (mark !== undefined) hidden.set(mark, listings);
    return hide(request, forward);
  };
}

/** The store gives fewer keys to a page than it is asked for. */
export const smallPages =
  (dialect: VendorDialect, size: number): Twist =>
  (request, forward) =>
    forward(dialect.isList(request) ? dialect.withPageSize(request, size) : request);
