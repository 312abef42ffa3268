import { open } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";
import type { Position } from "../core/issue.ts";
import { Secret } from "../core/secret.ts";
import type { CredentialRef } from "./config.ts";

const MAX_BYTES = 64 * 1024;

/**
 * Reads a credential when it is needed. One line break at its end is dropped; what else is not one line of text is
 * refused. Throws CREDENTIAL_MISSING, naming the variable or the file and the line that asks for it, never a value.
 */
export async function resolveCredential(
  ref: CredentialRef,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Secret> {
  const where = ref.type === "env" ? `the environment variable ${ref.variable}` : `the file ${ref.path}`;
  const text = ref.type === "env" ? env[ref.variable] : await readText(ref.path);
  const value = text?.replace(/\r?\n$/, "");
  if (value === undefined) throw missing(ref.at, `${where} is not there or cannot be read`);
  if (value.trim() === "") throw missing(ref.at, `${where} is empty`);
  if (/[^\x21-\x7e]/.test(value))
    throw missing(ref.at, `${where} holds more than one line of plain characters`);
  return Secret.of(value);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      // One byte more than allowed tells whether there is more.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1));
      return bytesRead > MAX_BYTES ? undefined : buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

const missing = ({ file, line }: Position, what: string): KeywrightError =>
  new KeywrightError("CREDENTIAL_MISSING", `${what}; ${file}:${line} reads it from there`, {
    hint: "set it, or name another place there",
  });
