/** What is asked of a repository in which people work, and the answers that come again and again. */

import { type Answer, type Call, refusal } from "./github-call.fixture.ts";
import type { HostedRepository } from "./github-hosted.fixture.ts";
import type { ToldPerson } from "./github-people.fixture.ts";

export interface WorkCall extends Call {
  readonly hosted: HostedRepository;
  readonly actor: ToldPerson;
}

export interface Work {
  /** Names of permissions, any of which will do, and what of it; absent: whoever sees the repository may. */
  readonly needs?: readonly [names: readonly string[], right: "read" | "write"];
  readonly carryOut: (call: WorkCall) => Answer;
}

export const NOT_FOUND = refusal(404, "Not Found");

export const invalid = (resource: string, field: string, message: string): Answer => ({
  status: 422,
  body: {
    message: "Validation Failed",
    documentation_url: "https://docs.github.com/rest",
    errors: [{ resource, code: "custom", field, message }],
  },
});

/** One page of them, and where the next is. */
export function paged<T>(
  { operation: { query }, path }: Call,
  all: readonly T[],
): {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
} {
  const size = Math.min(100, Math.max(1, Number(query.get("per_page") ?? 30)));
  const page = Math.max(1, Number(query.get("page") ?? 1));
  const next = new URLSearchParams(query);
  next.set("page", String(page + 1));
  const hasNext = page * size < all.length;
  return {
    items: all.slice((page - 1) * size, page * size),
    headers: hasNext ? { link: `<https://HOST${path}?${next.toString()}>; rel="next"` } : {},
  };
}

export function listed<T>(
  call: WorkCall,
  all: readonly T[],
  tell: (hosted: HostedRepository, item: T) => object,
): Answer {
  const { items, headers } = paged(call, all);
  return { status: 200, headers, body: items.map((item) => tell(call.hosted, item)) };
}

export const numberIn = ({ operation: { path } }: Call): number =>
  Number(path["issue_number"] ?? path["pull_number"] ?? path["comment_id"] ?? path["check_run_id"]);

export const showOr404 = <T>(found: T | undefined, tell: (found: T) => object): Answer =>
  found === undefined ? NOT_FOUND : { status: 200, body: tell(found) };
