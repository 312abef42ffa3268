/** I3: a key that is pasted at a terminal is shown nowhere, not even by the terminal's own echo. */

import { spawn, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { aKeyManifest, createProject, MAIN, type Project } from "./project.fixture.ts";
import { GOOD, standings } from "./store.fixture.ts";

const canType = spawnSync("script", ["--version"]).stdout?.toString().includes("util-linux") ?? false;
if (!canType) console.warn("SKIPPED: there is no `script` of util-linux to make a terminal with");

interface Session {
  readonly code: number | null;
  readonly shown: string;
}

/** Types each answer once its question is shown. */
function leakAtTerminal(
  project: Project,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<Session> {
  return new Promise((done, fail) => {
    const command = `'${process.execPath}' '${MAIN}' leak --stdin --reason 'seen in a chat'`;
    const { PATH, HOME } = process.env;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: project.directory,
      env: { PATH, HOME, TERM: "xterm" },
    });
    const left = [...answers];
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      const [next] = left;
      if (!next || !shown.includes(next[0])) return;
      left.shift();
      child.stdin.write(next[1]);
    });
    child.on("error", fail);
    child.on("close", (code) => {
      project.heard(shown);
      done({ code, shown });
    });
  });
}

const PROMPT = "it is not shown: ";

test.skipIf(!canType)(
  "S2: a key pasted at a terminal is replaced, and the terminal shows nothing of it",
  async () => {
    const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
    await project.run(["apply", "--yes"]);
    const leaked = (await project.secrets()).get("ci/scanner") ?? "";
    const { code, shown } = await leakAtTerminal(project, [
      [PROMPT, `${leaked}\r`],
      ["[y/N]", "y\r"],
    ]);
    expect(shown).toContain("Apply these 2 changes? [y/N]");
    expect(code).toBe(0);
    expect((await standings(project)).get("scanner")).toEqual(GOOD);
    expect((await project.secrets()).get("ci/scanner")).not.toBe(leaked);
    project.watch(leaked);
    expect(await project.leaks()).toEqual([]);
  },
);

test.skipIf(!canType)("Ctrl+C while a key is pasted ends the command, and nothing is changed", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.run(["apply", "--yes"]);
  const leaked = (await project.secrets()).get("ci/scanner") ?? "";
  const { code, shown } = await leakAtTerminal(project, [[PROMPT, `${leaked}\u0003`]]);
  expect(code).toBe(1);
  expect(shown).toContain("INTERRUPTED");
  expect((await project.secrets()).get("ci/scanner")).toBe(leaked);
  expect(await project.leaks()).toEqual([]);
});
