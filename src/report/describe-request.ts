import type { KeyRequest } from "../core/request.ts";

/** `leak scanner: seen in a chat`, as it came: each format makes it safe. */
export function describeRequest(request: KeyRequest): string {
  const ids = request.type === "revoke" && request.ids ? ` (${request.ids.join(", ")})` : "";
  return `${request.type} ${request.name}${ids}: ${request.reason}`;
}
