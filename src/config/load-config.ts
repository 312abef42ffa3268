import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { KeywrightError } from "../core/error.ts";
import { MAX_FILE_BYTES } from "../manifests/scan-text.ts";
import type { Config } from "./config.ts";
import { type ConfigOrigin, parseConfig } from "./parse-config.ts";

/**
 * Reads a configuration from disk. `file` is named as people gave it, relative to `cwd`. Throws CONFIG_MISSING, or
 * INPUT_INVALID with all issues.
 */
export async function loadConfig(file: string, cwd: string): Promise<Config> {
  const path = resolve(cwd, file);
  return configOf(await readText(path, file), { file, directory: dirname(path) });
}

/** Throws INPUT_INVALID with all issues of the text. */
export function configOf(text: string, origin: ConfigOrigin): Config {
  const { config, issues } = parseConfig(text, origin);
  if (config) return config;
  throw new KeywrightError("INPUT_INVALID", `${origin.file} is not valid`, { issues });
}

async function readText(path: string, file: string): Promise<string> {
  const refuse = (cause: unknown): never => {
    throw unreadable(file, cause);
  };
  const found = await stat(path).catch(refuse);
  // Reading a named pipe would wait for ever.
  if (!found.isFile()) throw notRegular(file, found.isDirectory());
  if (found.size > MAX_FILE_BYTES) throw new KeywrightError("INPUT_INVALID", `${file} is larger than 1 MiB`);
  return readFile(path, "utf8").catch(refuse);
}

function unreadable(file: string, cause: unknown): KeywrightError {
  const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const message = isAbsent ? `there is no ${file}` : `${file} cannot be read`;
  const hint = isAbsent ? "keywright init makes one; --config names another" : "look at its permissions";
  return new KeywrightError("CONFIG_MISSING", message, { hint, cause });
}

const notRegular = (file: string, isDirectory: boolean): KeywrightError =>
  new KeywrightError("CONFIG_MISSING", `${file} is ${isDirectory ? "a directory" : "no regular file"}`, {
    hint: "--config names the file itself, such as --config keywright.yaml",
  });
