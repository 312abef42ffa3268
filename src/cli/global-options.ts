import { type Command, Option } from "commander";

/** Those of every command; `GlobalOptions` is their type. */
export const addGlobalOptions = (program: Command): Command =>
  program
    .option("-c, --config <file>", "configuration (default: keywright.yaml)")
    .option("--repo <url|path>", "read the manifests from this Git repository")
    .option("--ref <ref>", "…at this branch, tag or commit; never from the work tree")
    .option("--config-ref <ref>", "with --repo: read the configuration from there, at this ref")
    .addOption(new Option("--log-format <format>", "of stderr").choices(["text", "json"]).default("text"))
    .option("--verbose", "say more on stderr");
