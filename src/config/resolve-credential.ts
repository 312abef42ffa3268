import { open } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";
import type { Position } from "../core/issue.ts";
import { Secret } from "../core/secret.ts";
import type { CredentialRef } from "./config.ts";

const MAX_BYTES = 64 * 1024;

/**
 * Reads a credential when it is needed. One line break at its end is dropped; what else is not one word of plain characters
 * is refused: it would not be what the store knows, or more than one header of a request. Throws CREDENTIAL_MISSING, naming
 * the variable or the file and the line that asks for it, never a value.
 */
export async function resolveCredential(
  ref: CredentialRef,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Secret> {
  const value = (await readRef(ref, env)).replace(/\r?\n$/, "");
  if (value.trim() === "") throw missing(ref, "is empty");
  const fault = faultOf(value);
  if (fault) throw missing(ref, fault.what, fault.hint);
  return Secret.of(value);
}

/** The text as it stands there. Throws CREDENTIAL_MISSING. */
export async function readRef(
  ref: CredentialRef,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (ref.type === "file") return readText(ref);
  const value = env[ref.variable];
  if (value === undefined) throw missing(ref, "is not there");
  return value;
}

interface Fault {
  readonly what: string;
  readonly hint: string;
}

/** Told by its place: the character itself may be a part of the credential. */
function faultOf(value: string): Fault | undefined {
  const index = value.search(/[^\x21-\x7e]/);
  if (index < 0) return undefined;
  const place = `at its ${index === 0 ? "beginning" : `character ${index + 1}`}`;
  const character = value.charAt(index);
  if (character === "\n" || character === "\r") {
    return { what: `has more than one line: a line break ${place}`, hint: "put the credential alone there" };
  }
  if (character === " " || character === "\t") {
    const hint = "put the credential alone there, without a word before it such as Bearer";
    return { what: `has a space ${place}, which no credential has`, hint };
  }
  const what = `has a character ${place} that is no plain letter, digit or sign, which no credential has`;
  return {
    what,
    hint: "copy the credential anew, and save the file as plain text without a byte order mark",
  };
}

/** Bytes that are no UTF-8 come out as characters that no credential has. */
async function readText(ref: CredentialRef & { readonly type: "file" }): Promise<string> {
  try {
    const file = await open(ref.path);
    try {
      // One byte more than allowed tells whether there is more.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1));
      if (bytesRead > MAX_BYTES)
        throw missing(ref, "is longer than 64 KiB", "name the file of the credential");
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof KeywrightError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw code === "ENOENT"
      ? missing(ref, "is not there")
      : missing(ref, `cannot be read (${code})`, READABLE);
  }
}

const READABLE = "give the user that Keywright runs as the right to read it, or name another place there";
const ELSEWHERE = "set it, or name another place there";

/** `what`: what is wrong with the place, to follow its name. */
export function missing(ref: CredentialRef, what: string, hint = ELSEWHERE): KeywrightError {
  const where = ref.type === "env" ? `the environment variable ${ref.variable}` : `the file ${ref.path}`;
  const { file, line }: Position = ref.at;
  return new KeywrightError("CREDENTIAL_MISSING", `${where} ${what}; ${file}:${line} reads it from there`, {
    hint,
  });
}
