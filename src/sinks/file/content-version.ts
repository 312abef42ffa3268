import { createHash } from "node:crypto";

/**
 * What tells one state of an encrypted file from all others, without a word of what it holds: no two encryptions are
 * alike, and a copy that is put back is the same value again.
 */
export const contentVersion = (content: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;
