import type { KeyRequest } from "../core/request.ts";
import { proseOf } from "./clipped-markdown.ts";
import { describeRequest } from "./describe-request.ts";

/** What people asked for, as a list of Markdown after a blank line; empty: nothing. */
export function askedList(requests: readonly KeyRequest[] = []): string {
  const asked = requests.map((request) => `- asked: ${proseOf(describeRequest(request))}\n`);
  return asked.length > 0 ? `\n${asked.join("")}` : "";
}
