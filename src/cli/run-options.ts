/** Options that several commands have. */

import { type Command, Option } from "commander";

export const formats = (...choices: string[]): Option =>
  new Option("-f, --format <format>", "of the output").choices(choices).default("text");

export const allow = (): Option =>
  new Option(
    "--allow <names>",
    "let these keys, secret/NAME, role/NAME, policy/NAME or ip-allowlist go against the guards, or without an approval",
  ).argParser((list: string, before: string[] | undefined) => [
    ...(before ?? []),
    ...list.split(",").filter(Boolean),
  ]);

/** Those of every command that changes keys; `RunOptions` is their type. */
export const addRunOptions = (command: Command): Command =>
  command
    .option("-y, --yes", "do not ask")
    .option("--no-notify", "tell nobody but whoever looks at the output")
    .option("--wait <duration>", "how long to wait for another apply to end", "0m")
    .addOption(formats("text", "json", "markdown"))
    .addOption(allow());
