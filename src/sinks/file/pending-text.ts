/** The content of a pending file: the value and what it is, as JSON. */

import type { SinkEntry, Stamp } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { unusable } from "./sink-fault.ts";

/** `value` is the plaintext. */
export const renderPending = (value: string, stamp: Stamp): string =>
  `${JSON.stringify({ stamp, secret: value })}\n`;

/** SINK_UNUSABLE, about `path`, when it is no such text. */
export function parsePending(text: string, path: string): SinkEntry {
  const { stamp, secret } = parseObject(text);
  if (typeof secret === "string" && typeof stamp === "object" && stamp !== null) {
    return { secret: Secret.of(secret), stamp: stamp as Stamp };
  }
  throw unusable(`${path} holds no pending value`, "remove it: the key that it was for is then minted anew");
}

function parseObject(text: string): { readonly stamp?: unknown; readonly secret?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    // The error would quote the text.
    return {};
  }
}
