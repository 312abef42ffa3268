import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aKeyManifest, CONFIG, createProject, runMain } from "./project.fixture.ts";

const COMMANDS = [
  "init",
  "validate",
  "doctor",
  "plan",
  "apply",
  "import",
  "rotate",
  "take-custody",
  "revoke",
  "leak",
  "status",
  "forecast",
  "drift",
  "daemon",
  "runs",
  "runs list",
  "runs show",
  "ledger",
  "ledger verify",
  "simulate",
  "serve",
  "store",
  "store backup",
  "store restore",
  "store rotate-pepper",
  "store rotate-kek",
  "store clear-allowlist",
  "schema",
  "demo",
  "completion",
];

test("every command has help, and the program's help names every command and the exit codes", async () => {
  const program = await runMain(["--help"]);
  expect(program).toMatchObject({ code: 0, err: "" });
  for (const command of COMMANDS) {
    const { code, out, err } = await runMain([...command.split(" "), "--help"]);
    expect({ command, code, err }).toEqual({ command, code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^Usage: keywright ${command}\\b`));
  }
  const listed = Array.from(program.out.matchAll(/^ {2}(\w[\w-]*)(?: \[| <| {2})/gm), ([, name]) => name);
  expect(listed).toEqual(COMMANDS.filter((command) => !command.includes(" ")));
  expect(program.out).toContain("2 changes pending or drift, 3 refused by a guard, 4 partly applied");
  expect((await runMain(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

const MISTYPED: readonly (readonly [readonly string[], RegExp])[] = [
  [["plan", "--exitcode"], /unknown option '--exitcode'\n\(Did you mean --exit-code\?\)/],
  [["aply"], /unknown command 'aply'\n\(Did you mean apply\?\)/],
  [["plan", "--format", "yaml"], /Allowed choices are text, json, markdown, sarif/],
  [["--log-format", "xml", "plan"], /Allowed choices are text, json/],
  [["apply", "--wait", "long"], /--wait long is no duration/],
  [["completion", "tcsh"], /there is no completion for tcsh\n +hint: one of: bash, zsh, fish/],
  [["schema", "Plann"], /there is no schema named Plann\n +hint: one of: ApiKey/],
  [["runs", "list", "--limit", "0"], /--limit 0 is no number of runs/],
  [["ledger", "verify", "--head", "42:short"], /--head is no number and hash of a line/],
  [["plan", "extra"], /too many arguments/],
];

test.each(MISTYPED)("%j is refused with what was meant", async (args, message) => {
  const { code, out, err } = await runMain(args, { cwd: "/" });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(message);
});

test("the schemas are printed, and are JSON Schemas", async () => {
  const names = (await runMain(["schema"])).out.trim().split("\n");
  expect(names).toContain("Plan");
  const printed = await Promise.all(names.map((name) => runMain(["schema", name])));
  for (const { out } of printed)
    expect(JSON.parse(out)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" });
});

const hasShell = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

test.each(["bash", "zsh", "fish"])(
  "the completion for %s knows the commands and is a script",
  async (shell) => {
    const { code, out } = await runMain(["completion", shell]);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toContain(`"${command}"`);
    expect(out).toContain("--exit-code");
    if (!hasShell(shell)) return console.warn(`SKIPPED: ${shell} is not here to check its script`);
    expect(spawnSync(shell, ["-n"], { input: out })).toMatchObject({ status: 0, stderr: Buffer.alloc(0) });
  },
);

test("the bash completion completes", async () => {
  const { out } = await runMain(["completion", "bash"]);
  const ask = (...words: readonly string[]): string => {
    const script = `${out}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _keywright; echo "\${COMPREPLY[@]}"`;
    return spawnSync("bash", ["-c", script]).stdout.toString().trim();
  };
  expect(ask("keywright", "va")).toBe("validate");
  expect(ask("keywright", "runs", "")).toContain("list show");
  expect(ask("keywright", "--verbose", "plan", "--exi")).toBe("--exit-code");
  expect(ask("keywright", "--repo", "x", "serve", "--directory", "d", "--po")).toBe("--port");
  expect(ask("keywright", "store", "backup", "file", "--kek")).toBe("--kek-file");
});

test("init makes a project that works at once, and run again keeps every file", async () => {
  const project = await createProject();
  await rm(join(project.directory, "keywright.yaml"));
  const made = await project.run(["init"]);
  expect(made).toMatchObject({ code: 0, err: "" });
  expect(made.out).toContain("wrote  keywright.yaml\nwrote  keys/example.yaml\n");
  await project.commit();
  expect(await project.run(["validate", "--ref", "main"])).toMatchObject({ code: 0 });
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 2 });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect([...(await project.secrets()).keys()]).toEqual(["example"]);
  expect((await project.git.status()).files).toEqual([]);

  const mine = `${await project.read("keywright.yaml")}# mine\n`;
  await project.write({ "keywright.yaml": mine });
  const again = await project.run(["init"]);
  expect(again.out).toContain("kept   keywright.yaml (it was there before)");
  expect(again.out).not.toContain("wrote");
  expect(await project.read("keywright.yaml")).toBe(mine);
  expect(await project.read(".gitignore")).toBe(".keywright/\nplan.json\n");
  const elsewhere = await project.run(["init", "teams/Team A"]);
  expect(elsewhere.code).toBe(0);
  expect(elsewhere.out).toContain("instance: team-a.");
  expect(await project.read("teams/Team A/keywright.yaml")).toMatch(/^instance: team-a$/m);
  expect(await project.read("teams/Team A/.gitignore")).toBe(".keywright/\nplan.json\n");
  expect(await project.leaks()).toEqual([]);
});

test("--log-format json gives nothing but JSON lines on stderr, errors included", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const applied = await project.run(["--log-format", "json", "--verbose", "apply", "--yes"]);
  const failed = await project.run(["plan", "--log-format", "json", "-c", "gone.yaml"]);
  const saved = await project.run(["plan", "--log-format", "json", "--out", "plan.json"]);
  const usage = await project.run(["plan", "--log-format", "json", "--exitcode"]);
  const lines = [applied, failed, saved, usage].map(({ err }) => err.split("\n").filter(Boolean));
  const parsed = lines.map((each) => each.map((text) => JSON.parse(text) as Record<string, unknown>));
  expect(parsed[0]).toContainEqual(
    expect.objectContaining({ level: 30, key: "scanner", outcome: "applied" }),
  );
  expect(parsed[1]).toEqual([expect.objectContaining({ level: 50, code: "CONFIG_MISSING" })]);
  expect(parsed[2]).toEqual([]);
  expect(parsed[3]).toEqual([
    expect.objectContaining({ code: "USAGE", msg: expect.stringContaining("--exit-code") }),
  ]);
});

const ESCAPE = "\u001b";

test("colours: none with NO_COLOR or into a pipe, some with FORCE_COLOR, and NO_COLOR wins", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const withColors = async (env: Readonly<Record<string, string | undefined>>): Promise<boolean> => {
    const { out } = await project.run(["plan"], { env });
    const { err } = await project.run(["plan", "-c", "gone.yaml"], { env });
    expect(err.includes(ESCAPE)).toBe(out.includes(ESCAPE));
    return out.includes(ESCAPE);
  };
  expect(await withColors({ NO_COLOR: undefined })).toBe(false);
  expect(await withColors({ NO_COLOR: undefined, FORCE_COLOR: "1" })).toBe(true);
  expect(await withColors({ NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
});

test("G9: what a manifest says cannot steer the terminal", async () => {
  const project = await createProject();
  const evil = "\\e]0;owned\\a\\e[2J\\u202e";
  await project.write({
    "keywright.yaml": CONFIG,
    "keys/a.yaml": aKeyManifest("a", `roles: [READ_ONLY]\ndescription: "${evil}"`),
  });
  const results = [await project.run(["validate"]), await project.run(["plan"])];
  for (const { out, err } of results)
    for (const character of [ESCAPE, "\u0007", "\u202e"]) expect(out + err).not.toContain(character);
});
