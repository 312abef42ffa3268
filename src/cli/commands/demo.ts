/**
 * `keywright demo`: the whole way once, on real components: a Git repository made from the quickstart
 * example, the embedded store, the file sink, the ledger. Every step is the command that a user would type.
 */

import { cp, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createColors } from "picocolors";
import { type SimpleGit, simpleGit } from "simple-git";
import { EXIT, KeywrightError } from "../../core/error.ts";
import type { Host } from "../host.ts";
import { runCli } from "../run-cli.ts";

const QUICKSTART = fileURLToPath(new URL("../../../examples/quickstart", import.meta.url));

const SECRETS = [
  ".keywright/secrets/ci/entities-scanner",
  ".keywright/secrets/ci/catalog-sync",
  ".keywright/secrets/sealed/break-glass",
  ".keywright/app/catalog/.env",
];

export async function demo(host: Host): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-demo-"));
  const stage = stageOf({ ...host, cwd: directory, isInteractive: false });
  await cp(QUICKSTART, directory, { recursive: true });
  stage.say(`A Git repository from examples/quickstart, in ${directory}`);
  const git = await commitAll(directory);

  stage.say("Are the manifests valid?");
  await stage.run("validate", "--ref", "main");
  stage.say("What would change? Nothing is changed by asking.");
  await stage.run("plan", "--ref", "main", "--out", "plan.json");
  stage.say("Carry out just that plan. Each secret goes straight into its sink.");
  await stage.run("apply", "--ref", "main", "plan.json");
  stage.say("The secrets are in these files, and nowhere else:");
  await showSecrets(host, directory);

  stage.say(
    "A second commit gives entities-scanner another role. A key cannot change its role: it is rotated.",
  );
  await changeRole(directory, git);
  await stage.run("plan", "--ref", "main", "--out", "plan.json");
  await stage.run("apply", "--ref", "main", "plan.json");
  await stage.run("status", "--ref", "main");
  stage.say("And now?");
  await stage.run("plan", "--ref", "main", "--exit-code");
  await stage.run("runs", "list");

  stage.say(`Look around in ${directory}; it is yours to remove.`);
  return EXIT.done;
}

interface Stage {
  say(text: string): void;
  /** Runs a command as typed; a failure ends the demo. */
  run(...args: string[]): Promise<void>;
}

/** What the commands say on stderr is only shown when one fails. */
function stageOf(host: Host): Stage {
  const colors = createColors(host.hasColors);
  let aside = "";
  const quiet: Host = { ...host, err: (text) => void (aside += text) };
  return {
    say: (text) => host.out(`\n${colors.bold(`# ${text}`)}\n`),
    run: async (...args) => {
      host.out(`${colors.dim(`$ keywright ${args.join(" ")}`)}\n`);
      aside = "";
      const code = await runCli(args, quiet);
      if (code === EXIT.done) return;
      host.err(aside);
      throw new KeywrightError("USAGE", `keywright ${args[0]} ended with exit code ${code}`, {
        hint: "what it printed above says why",
      });
    },
  };
}

async function commitAll(directory: string): Promise<SimpleGit> {
  const git = simpleGit(directory);
  await git.init(["--initial-branch=main"]);
  await git.addConfig("user.name", "Keywright demo");
  await git.addConfig("user.email", "demo@localhost");
  await git.addConfig("commit.gpgsign", "false");
  await writeFile(join(directory, ".gitignore"), ".keywright/\n");
  await git.add(".");
  await git.commit("Declare three keys");
  return git;
}

async function showSecrets(host: Host, directory: string): Promise<void> {
  for (const file of SECRETS) {
    const { mode, size } = await stat(join(directory, file));
    host.out(`  ${(mode & 0o777).toString(8).padStart(4, "0")}  ${size} bytes  ${file}\n`);
  }
}

async function changeRole(directory: string, git: SimpleGit): Promise<void> {
  const file = join(directory, "keys/entities-scanner.yaml");
  const before = await readFile(file, "utf8");
  await writeFile(file, before.replace("roles: [READ_ONLY]", "roles: [USER]"));
  await git.commit("Let the scanner verify keys", ["keys/entities-scanner.yaml"]);
}
