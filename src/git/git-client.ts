import { devNull } from "node:os";
import { type SimpleGit, simpleGit } from "simple-git";
import type { GitOptions } from "./git-process.ts";

const SILENCE_MS = 120_000;

/** Fetches objects and nothing else. */
export const FETCH = [
  "fetch",
  "--quiet",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-auto-gc",
  "--no-write-fetch-head",
] as const;

/**
 * Git for what talks to other repositories: without hooks, and ended when it keeps silent for two minutes. Everything
 * that is allowed here comes from the operator's own environment, or is our own constant.
 */
export function openGitClient({ directory, environment }: GitOptions): SimpleGit {
  const client = simpleGit({
    baseDir: directory,
    config: [`core.hooksPath=${devNull}`],
    timeout: { block: SILENCE_MS },
    allowEnvironment: Object.keys(environment),
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeTemplateDir: true,
      allowUnsafeSshCommand: true,
      allowUnsafeAskPass: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeUrlRewrite: true,
    },
  });
  return client.env({ ...environment });
}
