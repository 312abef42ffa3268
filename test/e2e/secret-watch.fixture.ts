/** Everything that jobs print and leave behind, and every secret that was ever seen beside them (security check S2). */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runGitSync } from "../../src/sources/repository.fixture.ts";
import type { StepResult } from "../action/runner.fixture.ts";
import { findSecrets } from "../canary.fixture.ts";
import type { BareRepository } from "../peers/github-git.fixture.ts";
import type { HostedRepository } from "../peers/github-hosted.fixture.ts";
import type { GitHubServer } from "../peers/github-server.fixture.ts";

export interface SecretWatch {
  /** Looks out for these, too. */
  secrets(...values: readonly (string | undefined)[]): void;
  /** All that a step printed and wrote; of its masks, nothing. */
  step(result: StepResult): void;
  /** The files in it now. */
  directory(path: string): void;
  /** What people see there, and what it was sent. */
  gitHub(hosted: HostedRepository, server: GitHubServer): void;
  /** Every object of it. */
  repository(git: BareRepository): void;
  /** What something has printed by the end. */
  printed(text: () => string): void;
  /** How many secrets are looked for. */
  count(): number;
  /** Where one of them stands; empty is good. */
  leaks(): readonly string[];
}

export function openWatch(): SecretWatch {
  const seen = new Set<string>();
  const texts = new Map<string, Buffer | (() => string)>();
  const printed: (() => string)[] = [];
  const add = (name: string, content: string | Buffer): void =>
    void texts.set(`${texts.size} ${name}`, Buffer.from(content));
  const directory = (path: string): void => {
    for (const file of filesBelow(path)) add(file, readFileSync(file));
  };
  return {
    secrets: (...values) => values.forEach((value) => value !== undefined && seen.add(value)),
    step: ({ shown, commands, temp }) => {
      const others = commands.filter(({ name }) => name !== "add-mask");
      add("log", `${shown}\n${JSON.stringify(others)}`);
      directory(temp);
    },
    directory,
    gitHub: (hosted, { requests }) => {
      const { issues, checks, pulls } = hosted;
      const comments = issues.all().map(({ number }) => issues.comments(number));
      const told = [issues.all(), comments, checks.runs, checks.statuses, pulls.all()];
      texts.set("GitHub", Buffer.from(JSON.stringify(told)));
      texts.set("requests", Buffer.from(requests.map(({ path, text }) => `${path} ${text}`).join("\n")));
    },
    repository: ({ path }) => {
      const all = runGitSync(path, "cat-file", "--batch", "--batch-all-objects", "--unordered");
      texts.set("objects", Buffer.from(all));
    },
    printed: (text) => void printed.push(text),
    count: () => seen.size,
    leaks: () => {
      const values = [...seen];
      printed.forEach((text, index) => texts.set(`printed ${index}`, Buffer.from(text())));
      return [...texts].flatMap(([name, content]) =>
        findSecrets(content as Buffer, values).map((leak) => `${name}: ${leak}`),
      );
    },
  };
}

const filesBelow = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
