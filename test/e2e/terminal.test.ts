/** What a person at a terminal sees: `script` gives the command a terminal, here one of no known width. */

import { spawn, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { aKeyManifest, createProject, MAIN, type Project } from "./project.fixture.ts";
import { liveKeys } from "./store.fixture.ts";

const canType = spawnSync("script", ["--version"]).stdout?.toString().includes("util-linux") ?? false;
if (!canType) console.warn("SKIPPED: there is no `script` of util-linux to make a terminal with");

interface Session {
  readonly code: number | null;
  readonly shown: string;
}

/** Runs `apply` and types `answer` when it is asked. */
function applyAtTerminal(project: Project, answer: string): Promise<Session> {
  return new Promise((done, fail) => {
    const command = `'${process.execPath}' '${MAIN}' apply`;
    const { PATH, HOME } = process.env;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: project.directory,
      env: { PATH, HOME, TERM: "xterm" },
    });
    let shown = "";
    let isTyped = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (isTyped || !shown.includes("[y/N]")) return;
      isTyped = true;
      child.stdin.write(answer);
    });
    child.on("error", fail);
    child.on("close", (code) => {
      project.heard(shown);
      done({ code, shown });
    });
  });
}

test.skipIf(!canType)("a person is shown the plan in colours and asked; yes carries it out", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const { code, shown } = await applyAtTerminal(project, "y\r");
  expect(code).toBe(0);
  expect(shown).toContain("\u001b[");
  expect(shown).toContain("Apply this change? [y/N]");
  expect(shown).toContain("1/1 create scanner: applied");
  expect(await liveKeys(project)).toHaveLength(1);
  expect(await project.leaks()).toEqual([]);
});

const NOES = { "an empty line": "\r", "Ctrl+C": "\u0003" };

test.skipIf(!canType).each(Object.entries(NOES))("%s is a no: nothing is applied", async (_name, typed) => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const { code, shown } = await applyAtTerminal(project, typed);
  expect(code).toBe(1);
  expect(shown).toContain("Nothing was applied.");
  expect(shown).not.toContain("BUG");
  expect(await liveKeys(project)).toEqual([]);
});

/** What the terminal shows of a failing command whose streams go where `redirect` sends them. */
const shownOfFailure = (redirect: string): string =>
  spawnSync(
    "script",
    ["-qec", `'${process.execPath}' '${MAIN}' -c nowhere.yaml plan ${redirect}`, "/dev/null"],
    {
      env: { PATH: process.env["PATH"], TERM: "xterm" },
      encoding: "utf8",
    },
  ).stdout;

test.skipIf(!canType)("an error is coloured where stderr is a terminal, wherever stdout goes", () => {
  const shown = shownOfFailure(">/dev/null");
  expect(shown).toContain("CONFIG_MISSING");
  expect(shown).toContain("\u001b[");
  const piped = shownOfFailure("3>&1 2>&1 >&3 | cat");
  expect(piped).toContain("CONFIG_MISSING");
  expect(piped).not.toContain("\u001b[");
});
