/** What the command line says of the time to come: forecasts, schedules, notices of expiry. */

import { expect, test } from "vitest";
import { aKeyManifest, CONFIG, createProject, type Project, type RunOptions } from "./project.fixture.ts";

const scanner = (rotation: string, name = "scanner"): string =>
  aKeyManifest(name, `roles: [READ_ONLY]\nrotation: ${rotation}`);

/** Starts a command line whose clock is so many days ahead. */
function later(days: number): RunOptions {
  const code = `const D = Date, ahead = ${days} * 864e5;
    globalThis.Date = class extends D {
      constructor(...args) { args.length > 0 ? super(...args) : super(D.now() + ahead); }
      static now() { return D.now() + ahead; }
    };`;
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` } };
}

test("a forecast tells when keys rotate, retire and expire, and changes nothing", async () => {
  const project = await createProject({
    "keys/scanner.yaml": scanner("{ every: 40d }"),
    "keys/reader.yaml": scanner("disabled", "reader"),
  });
  await project.run(["apply", "--yes"]);
  const { code, out, err } = await project.run(["forecast", "--days", "95"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const rows = out.split("\n").filter((line) => /^\d{4}-/.test(line));
  expect(rows.map((row) => /(rotates|retires|expires|overdue) +(\S+ g\d)/.exec(row)?.slice(1))).toEqual([
    ["rotates", "scanner g1"],
    ["retires", "scanner g1"],
    ["rotates", "scanner g2"],
    ["retires", "scanner g2"],
    ["expires", "reader g1"],
    ["rotates", "reader g1"],
    ["retires", "reader g1"],
  ]);
  expect(out).toContain("All else happens with the first apply at or after its date");
  const late = JSON.parse((await project.run(["forecast", "-f", "json"], later(41))).out) as {
    readonly entries: readonly unknown[];
  };
  expect(late).toMatchObject({ from: expect.any(String), until: expect.any(String), cut: [] });
  expect(late.entries[0]).toMatchObject({
    what: "overdue",
    name: "scanner",
    generation: 1,
    needsApply: true,
  });
  expect(await project.leaks()).toEqual([]);
});

test.each(["0", "3651"])("a forecast of %s days is refused", async (days) => {
  const project = await createProject({ "keys/a.yaml": aKeyManifest("a") });
  const { code, err } = await project.run(["forecast", `--days=${days}`]);
  expect(code).toBe(1);
  expect(err).toMatch(/USAGE +--days .+ is no number of days\n +hint: a whole number from 1 to 3650/);
});

const WEEKLY = `${CONFIG}drift:\n  schedule: "0 6 * * 1"\n`;

test("a schedule too slow for a key is refused by validate, plan and apply, with its line and the key", async () => {
  const project = await createProject({
    "keys/scanner.yaml": scanner("{ before: 3d }"),
    "keys/slow.yaml": scanner("{ before: 30d }", "slow"),
    "keywright.yaml": WEEKLY,
  });
  for (const args of [["validate"], ["plan"], ["apply", "--yes"]]) {
    const { code, out, err } = await project.run(args);
    expect({ args, code }).toEqual({ args, code: 1 });
    const said = out + err;
    expect(said).toMatch(
      /^keywright\.yaml:10:13 +error CONFIG_SCHEDULE_SLOW +scanner has 3d .* nothing runs for 7d \(from /m,
    );
    expect(said).toMatch(/hint: run more often, or rotate it earlier \(keys\/scanner\.yaml:3\)/);
    expect(said).not.toContain("slow has");
  }
  await expect(project.read(".keywright/store/store.db")).rejects.toThrow("ENOENT");
  await project.write({ "keywright.yaml": WEEKLY.replace("0 6 * * 1", "0 6 * * *") });
  expect((await project.run(["apply", "--yes"])).code).toBe(0);
});

test("a cron expression that is none is told at its line", async () => {
  const project = await createProject({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keywright.yaml": WEEKLY.replace("0 6 * * 1", "0 6 * *"),
  });
  const { code, out } = await project.run(["validate"]);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^keywright\.yaml:10:13 +error CONFIG_SCHEDULE +"0 6 \* \*" is no schedule: it does not have five/m,
  );
});

const applied = (project: Project, days: number, ...args: string[]) =>
  project.run(["--log-format", "json", ...args, "apply", "--yes"], later(days));

const noticesIn = (err: string) =>
  err
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ type }) => type === "key-expiring");

test("an apply tells of keys about to expire, also when it changes nothing, and of each once", async () => {
  const project = await createProject({
    "keys/scanner.yaml": scanner("disabled"),
    "keys/reader.yaml": aKeyManifest("reader"),
  });
  await applied(project, 0);
  const first = await applied(project, 60.5);
  expect(first.out).toContain("rotate reader");
  expect(noticesIn(first.err)).toMatchObject([{ key: "scanner", daysBefore: 30, level: 40 }]);
  const second = await applied(project, 60.6);
  expect(second).toMatchObject({ code: 0, out: "No changes: the store is as declared.\n" });
  expect(noticesIn(second.err)).toEqual([]);
  const last = await project.run(["apply", "--yes"], later(89.5));
  expect(last.err).toMatch(/WARN: API key scanner \(….{4}\) expires in 12 hours, at 2/);
  expect(await project.leaks()).toEqual([]);
});

test("keys that the policy would not allow any more are told by status and by apply", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.run(["apply", "--yes"]);
  await project.write({
    "keys/policy.yaml":
      "apiVersion: keywright/v1\nkind: SecurityPolicy\nmetadata: { name: p }\nspec: { maxLifetimeDays: 30 }\n",
    "keys/scanner.yaml": aKeyManifest("scanner").replace("90d", "30d"),
    "keywright.yaml": `${CONFIG}guards: { protectedKeys: [scanner] }\n`,
  });
  const shown = await project.run(["apply", "--yes"]);
  expect(shown.out).toContain("NOT_COMPLIANT");
  const again = await project.run(["apply", "--yes", "-f", "json"]);
  expect(again.err).toMatch(/WARN: NOT_COMPLIANT scanner \(.+\) lives 90d; the policy allows 30d/);
  const status = await project.run(["status"]);
  expect(status.out).toMatch(/^ {2}not compliant: \S+ lives 90d; the policy allows 30d$/m);
  expect((await project.run(["status", "-f", "json"])).out).toContain('"breaches"');
});

test("an encrypted file that somebody else wrote over is told as stale, and its key is rotated", async () => {
  const config = CONFIG.replace(
    "directory: .keywright/secrets }",
    "directory: .keywright/secrets, recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p] }",
  );
  const project = await createProject({ "keys/a.yaml": aKeyManifest("a"), "keywright.yaml": config });
  await project.run(["apply", "--yes"]);
  const file = ".keywright/secrets/ci/a";
  await project.write({ [file]: `${await project.read(file)}\n` });
  const status = async (): Promise<string> => (await project.run(["status"])).out.replaceAll(/\s+/g, " ");
  expect(await status()).toContain("local: path=ci/a (stale, generation 1,");
  expect((await project.run(["apply", "--yes"])).out).toContain("local: path=ci/a holds another value");
  expect(await status()).toContain("local: path=ci/a (good, generation 2,");
  await project.write({ [file]: null });
  expect((await project.run(["plan"])).out).toContain("local: path=ci/a holds no value");
});
