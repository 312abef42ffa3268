import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sha256Hex } from "../core/digest.ts";
import { KeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { Ledger } from "../core/ports.ts";
import { ENVIRONMENT, runGitSync } from "../sources/repository.fixture.ts";
import { BRANCH, createGitWorld, type GitWorld } from "./git-ledger.fixture.ts";
import { SEGMENT_BYTES } from "./git-segments.ts";

const RECORD = { retiring: [], protected: false };
const FIRST = "ledger/000001.jsonl";

let world: GitWorld;

beforeEach(() => {
  world = createGitWorld();
});
afterEach(() => world.close());

const anEvent = (name: string): EffectIntent => ({
  type: "intent",
  run: "run-1",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name,
});

async function namesOf(from: Ledger): Promise<string[]> {
  const names: string[] = [];
  for await (const event of from.events()) names.push((event as EffectIntent).name);
  return names;
}

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> => {
  const error = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (error instanceof KeywrightError) return error;
  throw new Error("it did not fail as expected", { cause: error });
};

/** Every file of a directory with its content. */
function pictureOf(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );
  return new Map(files.map((name) => [name, readFileSync(join(directory, name), "latin1")]));
}

const hook = (name: string, script: string): void =>
  writeFileSync(join(world.bare, "hooks", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

// ── What is made, and where ──────────────────────────────────────────────────────────────────────────────

test("reading a ledger that is not there makes nothing", async () => {
  const ledger = await world.open();
  expect((await ledger.records()).size).toBe(0);
  expect(await namesOf(ledger)).toEqual([]);
  expect(world.git("branch", "--list", BRANCH)).toBe("");
});

test("the first write makes the branch: a history of its own, whose commits say run and what", async () => {
  const ledger = await world.open();
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  await ledger.claim("scanner", 0, RECORD, [anEvent("scanner")]);
  await lease.release();
  expect(world.git("log", "--reverse", "--format=%s", BRANCH).split("\n")).toEqual([
    "run run-1: begin the ledger of acme-prod; take the lease",
    "run run-1: record scanner; 1 intent",
    "run run-1: give the lease back",
  ]);
  expect(world.git("log", "--format=%an <%ae> %cn %aI", "-1", BRANCH)).toBe(
    "Keywright <keywright@localhost> Keywright 2026-11-21T08:15:00+00:00",
  );
  expect(world.git("ls-tree", "-r", "--name-only", BRANCH)).toBe(FIRST);
  expect(world.git("rev-list", "--count", BRANCH, "^main")).toBe("3");
});

test("the user's repository stays as it is: no ref, no object, no file, no index of it changes", async () => {
  writeFileSync(join(world.clone, "draft.txt"), "not committed");
  runGitSync(world.clone, "add", "draft.txt");
  const before = pictureOf(world.clone);
  const ledger = await world.open();
  await ledger.append(anEvent("one"));
  const other = await world.open();
  await other.append(anEvent("two"));
  await ledger.append(anEvent("three"));
  await ledger.close();
  expect(pictureOf(world.clone)).toEqual(before);
});

test("S6: what is fetched lies in a directory for this user alone, which is gone after closing", async () => {
  vi.stubEnv("TMPDIR", world.root);
  const ledger = await world.open();
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  const made = (): string[] => readdirSync(world.root).filter((name) => name.startsWith("keywright-ledger-"));
  expect(made()).toHaveLength(1);
  expect(statSync(join(world.root, made()[0] ?? "")).mode & 0o777).toBe(0o700);
  await lease.release();
  await ledger.close();
  expect(made()).toEqual([]);
  await faultOf((await world.open({ remote: "nowhere" })).records());
  expect(made()).toEqual([]);
  vi.unstubAllEnvs();
});

test("the same entry from two writers at the same instant is kept twice", async () => {
  const [one, two] = [await world.open(), await world.open()];
  await one.append(anEvent("first"));
  await two.records();
  await Promise.all([one.append(anEvent("same")), two.append(anEvent("same"))]);
  expect(await namesOf(one)).toEqual(["first", "same", "same"]);
});

test("requests that wait together share one commit and one push", async () => {
  const ledger = await world.open({ timing: { gatherMs: 5 } });
  await ledger.append(anEvent("first"));
  await Promise.all([
    ...Array.from({ length: 50 }, (_, index) => ledger.claim(`key-${index}`, 0, RECORD, [anEvent("x")])),
    ledger.append(anEvent("last")),
  ]);
  expect(world.pushes()).toBe(2);
  expect((await ledger.records()).size).toBe(50);
});

// ── Segments ─────────────────────────────────────────────────────────────────────────────────────────────

test("a long history goes on in another file, and a commit leaves the full ones alone", async () => {
  const ledger = await world.open();
  const filler = "x".repeat(SEGMENT_BYTES / 2);
  for (const name of ["a", "b", "c"]) await ledger.append(anEvent(`${name}${filler}`));
  const full = world.git("rev-parse", `${BRANCH}:${FIRST}`);
  await ledger.append(anEvent("d"));
  const other = await world.open();
  await other.append(anEvent("e"));
  await ledger.claim("scanner", 0, RECORD);
  expect(world.git("ls-tree", "-r", "--name-only", BRANCH).split("\n")).toEqual([
    FIRST,
    "ledger/000002.jsonl",
  ]);
  expect(world.git("rev-parse", `${BRANCH}:${FIRST}`)).toBe(full);
  const third = await world.open();
  expect((await namesOf(third)).map((name) => name[0])).toEqual(["a", "b", "c", "d", "e"]);
  expect((await third.records()).size).toBe(1);
  expect(await third.verify()).toMatchObject({ lines: 7 });
});

// ── A branch that does not hold ──────────────────────────────────────────────────────────────────────────

const lines = (): string[] => world.read(FIRST).split("\n");
const fileOf = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");

test("an edited line is found with its file and its number, by whoever opens the ledger", async () => {
  const ledger = await world.open();
  for (const name of ["one", "two", "three"]) await ledger.append(anEvent(name));
  await ledger.close();
  world.write({ [FIRST]: fileOf(lines().with(2, (lines()[2] ?? "").replace("two", "2"))) });
  const pushed = world.pushes();
  const opened = await world.open();
  for (const work of [opened.records(), namesOf(opened), opened.append(anEvent("four"))]) {
    expect(await faultOf(work)).toMatchObject({
      code: "LEDGER_CORRUPT",
      message: expect.stringMatching(/branch keywright-ledger of .*bare\.git, ledger\/000001\.jsonl:3: /),
      hint: expect.stringContaining("backup"),
    });
  }
  expect(world.pushes()).toBe(pushed);
});

test("a fault in a later file is told with its own line number", async () => {
  const ledger = await world.open();
  await ledger.append(anEvent("x".repeat(SEGMENT_BYTES)));
  for (const name of ["one", "two", "three"]) await ledger.append(anEvent(name));
  const second = world.read("ledger/000002.jsonl").split("\n");
  const edited = fileOf(second.with(1, (second[1] ?? "").replace("two", "2")));
  world.write({ [FIRST]: fileOf(lines()), "ledger/000002.jsonl": edited });
  expect((await faultOf((await world.open()).records())).message).toContain("ledger/000002.jsonl:2: ");
});

const HARM: Readonly<Record<string, readonly [harm: () => void, message: string]>> = {
  "cut short": [
    () => world.write({ [FIRST]: fileOf(lines().slice(0, 2)) }, true),
    "it had 4 lines, and has 2 now",
  ],
  removed: [() => world.git("update-ref", "-d", `refs/heads/${BRANCH}`), "it was removed while in use"],
  "replaced by something else": [() => world.write({ "README.md": "hello" }, true), "is no ledger"],
  "given a file that has no place there": [
    () => world.write({ [FIRST]: fileOf(lines()), "ledger/000003.jsonl": "{}\n" }),
    "ledger/000003.jsonl: this file has no place in a ledger",
  ],
  "left with half a line": [
    () => world.write({ [FIRST]: fileOf(lines()).slice(0, -9) }, true),
    "000001.jsonl:4: this line has no end",
  ],
};

test.each(Object.entries(HARM))(
  "a branch that was %s while in use is refused by everybody",
  async (_, [harm, message]) => {
    const ledger = await world.open();
    for (const name of ["one", "two", "three"]) await ledger.append(anEvent(name));
    harm();
    const before = world.git("for-each-ref");
    for (const work of [ledger.records(), ledger.append(anEvent("four")), ledger.claim("a", 0, RECORD)]) {
      const fault = await faultOf(work);
      expect(["LEDGER_CORRUPT", "LEDGER_UNUSABLE"]).toContain(fault.code);
      expect(fault.message).toContain(message);
    }
    expect(world.git("for-each-ref")).toBe(before);
  },
);

test("a branch that was removed is put back, whole, by a writer that knows all of it", async () => {
  const ledger = await world.open();
  await ledger.append(anEvent("one"));
  world.git("update-ref", "-d", `refs/heads/${BRANCH}`);
  await ledger.append(anEvent("two"));
  expect(await namesOf(await world.open())).toEqual(["one", "two"]);
});

test("a branch that was force-pushed with another history that holds in itself is found by who knew the old one", async () => {
  const ledger = await world.open();
  for (const name of ["one", "two"]) await ledger.append(anEvent(name));
  world.write({ [FIRST]: fileOf(rehash(lines().map((line) => line.replace("two", "2")))) }, true);
  expect(await namesOf(await world.open())).toEqual(["one", "2"]);
  const fault = await faultOf(ledger.append(anEvent("three")));
  expect(fault.code).toBe("LEDGER_CORRUPT");
  expect(fault.message).toMatch(/000001\.jsonl:3: .*the branch was rewritten/);
});

test("a history whose old commits were squashed away, line by line the same, is still the ledger", async () => {
  const ledger = await world.open();
  for (const name of ["one", "two"]) await ledger.append(anEvent(name));
  world.write({ [FIRST]: fileOf(lines()) }, true);
  await ledger.append(anEvent("three"));
  expect(await namesOf(await world.open())).toEqual(["one", "two", "three"]);
});

test("a branch that is there and no ledger is refused, and nothing is written to it", async () => {
  world.write({ "README.md": "hello" });
  const ledger = await world.open();
  for (const work of [
    ledger.records(),
    ledger.append(anEvent("a")),
    ledger.lease({ run: "r", description: "" }, 0),
  ]) {
    expect(await faultOf(work)).toMatchObject({
      code: "LEDGER_UNUSABLE",
      message: expect.stringContaining("branch keywright-ledger of"),
      hint: expect.stringContaining("ledger.branch"),
    });
  }
  expect(world.pushes()).toBe(1);
  expect((await faultOf((await world.open({ branch: "main" })).append(anEvent("a")))).message).toContain(
    "is no ledger",
  );
});

test("the ledger of another instance is refused", async () => {
  await (await world.open()).append(anEvent("one"));
  const fault = await faultOf((await world.open({ instance: "acme-test" })).append(anEvent("two")));
  expect(fault.code).toBe("LEDGER_CORRUPT");
  expect(fault.message).toContain("it belongs to instance acme-prod, not acme-test");
  expect(world.pushes()).toBe(1);
});

// ── Where the branch lies ────────────────────────────────────────────────────────────────────────────────

test("a shallow clone is enough, and so is a directory inside of it", async () => {
  runGitSync(world.clone, "commit", "--quiet", "--allow-empty", "--message", "second");
  runGitSync(world.clone, "push", "--quiet", "origin", "main");
  runGitSync(world.root, "clone", "--quiet", "--depth=1", `file://${world.bare}`, "shallow");
  const inside = join(world.root, "shallow", "deep");
  mkdirSync(inside);
  const before = pictureOf(join(world.root, "shallow"));
  const ledger = await world.open({ repository: inside });
  await ledger.append(anEvent("one"));
  await (await world.open()).append(anEvent("two"));
  await ledger.append(anEvent("three"));
  expect(await namesOf(await world.open())).toEqual(["one", "two", "three"]);
  expect(pictureOf(join(world.root, "shallow"))).toEqual(before);
});

test("the remote may be a path, an address, or have a relative path or another address to push to", async () => {
  const remotes = ["../bare.git", world.bare, `file://${world.bare}`, "near", "split"];
  runGitSync(world.clone, "config", "remote.near.url", "../bare.git");
  runGitSync(world.clone, "config", "remote.split.url", world.bare);
  runGitSync(world.clone, "config", "remote.split.pushurl", `file://${world.bare}`);
  for (const remote of remotes) await (await world.open({ remote })).append(anEvent(remote));
  expect(await namesOf(await world.open())).toEqual(remotes);
});

test("the user's own short names of addresses work", async () => {
  runGitSync(world.clone, "config", `url.file://${world.root}/.insteadOf`, "work:");
  await (await world.open({ remote: "work:bare.git" })).append(anEvent("one"));
  expect(world.pushes()).toBe(1);
});

test("a repository with SHA-256 names works", async () => {
  await world.close();
  world = createGitWorld("sha256");
  await (await world.open()).append(anEvent("one"));
  await (await world.open()).append(anEvent("two"));
  expect(await namesOf(await world.open())).toEqual(["one", "two"]);
});

test("G13: neither the user's hooks nor those of the machine run, and nothing is signed", async () => {
  const hooks = join(world.root, "hooks");
  mkdirSync(hooks);
  for (const name of ["pre-push", "reference-transaction", "post-commit"]) {
    for (const directory of [hooks, join(world.clone, ".git", "hooks")]) {
      writeFileSync(join(directory, name), `#!/bin/sh\ntouch ${join(world.root, "ran")}\nexit 1\n`, {
        mode: 0o755,
      });
    }
  }
  // The other side of a path has hooks of its own, and they do run.
  world.git("config", "core.hooksPath", "hooks");
  const global = join(world.root, "gitconfig");
  writeFileSync(
    global,
    `[core]\n\thooksPath = ${hooks}\n[push]\n\tgpgSign = true\n\tfollowTags = true\n[commit]\n\tgpgSign = true\n`,
  );
  const ledger = await world.open({ environment: { ...ENVIRONMENT, GIT_CONFIG_GLOBAL: global } });
  await ledger.append(anEvent("one"));
  expect(readdirSync(world.root)).not.toContain("ran");
  expect(world.pushes()).toBe(1);
});

test.each([
  ["upstream", "upstream", "git remote add"],
  ["ext::sh -c id", "no path and no address", "ledger.remote"],
  ["http://example.com/x.git", "plain http", "ledger.remote"],
  ["git://example.com/x.git", "git:// is not supported", "ledger.remote"],
  ["--upload-pack=id", "no path and no address", "ledger.remote"],
  [
    "https://me:hunter2@example.com/x.git",
    "https://example.com/x.git: its address holds a password",
    "ledger.remote",
  ],
])("G13: the remote %j is refused with what to do", async (remote, message, hint) => {
  const fault = await faultOf((await world.open({ remote })).append(anEvent("one")));
  expect(fault.code).toBe("LEDGER_UNUSABLE");
  expect(fault.message).toContain(message);
  expect(fault.hint).toContain(hint);
  expect(JSON.stringify([fault.message, fault.hint])).not.toContain("hunter2");
});

test("G13: a remote whose configured address is dangerous is refused too", async () => {
  runGitSync(world.clone, "config", "remote.evil.url", `ext::sh -c "touch ${world.root}/ran"`);
  expect((await faultOf((await world.open({ remote: "evil" })).records())).message).toContain("no address");
  runGitSync(world.clone, "config", `url.ext::sh -c "touch ${world.root}/ran" .insteadOf`, "nice:");
  expect((await faultOf((await world.open({ remote: "nice:x" })).records())).code).toBe("LEDGER_UNUSABLE");
  expect(readdirSync(world.root)).not.toContain("ran");
});

test("outside of a repository a name is no remote, and it is told why", async () => {
  const fault = await faultOf((await world.open({ repository: world.root })).records());
  expect(fault.code).toBe("LEDGER_UNUSABLE");
  expect(fault.message).toContain('"origin" is no remote of the repository');
  expect(fault.message).toContain("not a git repository");
});

test("a repository that cannot be reached is told as that", async () => {
  for (const remote of [join(world.root, "clone", ".git", "objects"), "https://127.0.0.1:9/x.git"]) {
    expect(await faultOf((await world.open({ remote })).records())).toMatchObject({
      code: "LEDGER_UNUSABLE",
      message: expect.stringContaining("cannot reach branch keywright-ledger of"),
      hint: expect.stringContaining("network"),
    });
  }
});

test("git that is not there is told as that", async () => {
  const fault = await faultOf((await world.open({ environment: { PATH: "/nonexistent" } })).records());
  expect(fault).toMatchObject({ code: "LEDGER_UNUSABLE", hint: expect.stringContaining("install git") });
});

// ── A repository that says no ────────────────────────────────────────────────────────────────────────────

test("a hook that turns the push down is told with its words, and nothing counts as written", async () => {
  const ledger = await world.open();
  await ledger.append(anEvent("one"));
  hook("pre-receive", 'echo "GH006: Protected branch update failed" >&2; exit 1');
  ledger.note(anEvent("noted"));
  const faults = await Promise.all([
    faultOf(ledger.append(anEvent("two"))),
    faultOf(ledger.claim("scanner", 0, RECORD)),
  ]);
  for (const fault of faults) {
    expect(fault.code).toBe("LEDGER_UNUSABLE");
    expect(fault.message).toContain("may not write branch keywright-ledger of");
    expect(fault.message).toContain("GH006: Protected branch update failed");
    expect(fault.hint).toContain("protection rules");
  }
  expect((await ledger.records()).size).toBe(0);
  hook("pre-receive", "exit 0");
  await ledger.append(anEvent("three"));
  expect(await namesOf(ledger)).toEqual(["one", "noted", "three"]);
});

test("a branch that is locked for a moment is pushed to when the lock is gone", async () => {
  const ledger = await world.open();
  await ledger.append(anEvent("one"));
  const lock = join(world.bare, "refs", "heads", `${BRANCH}.lock`);
  hook("pre-receive", `[ -e ${world.root}/tried ] && rm -f ${lock}; touch ${world.root}/tried; exit 0`);
  writeFileSync(lock, "");
  await ledger.append(anEvent("two"));
  expect(await namesOf(ledger)).toEqual(["one", "two"]);
});

// ── Lease ────────────────────────────────────────────────────────────────────────────────────────────────

test("a holder that writes nothing renews its lease now and then", async () => {
  const ledger = await world.open({ timing: { leaseMs: 600_000, renewMs: 20 } });
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  for (let minutes = 0; minutes < 30; minutes += 5) {
    const before = world.pushes();
    world.now = new Date(world.now.getTime() + 5 * 60_000);
    await vi.waitFor(() => expect(world.pushes()).toBeGreaterThan(before), { timeout: 10_000, interval: 20 });
  }
  expect(lease.lost.aborted).toBe(false);
  expect(world.git("log", "-1", "--format=%s", BRANCH)).toBe("run run-1: renew the lease");
  const other = await world.open();
  expect((await faultOf(other.lease({ run: "run-2", description: "you" }, 0))).code).toBe("LEASE_HELD");
});

test("a holder that writes nothing hears that it was overtaken", async () => {
  const ledger = await world.open({ timing: { leaseMs: 600_000, renewMs: 20 } });
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  hook("pre-receive", 'read old new ref; git log -1 --format=%s "$new" | grep -q run-2');
  world.now = new Date(world.now.getTime() + 13 * 60_000);
  const other = await world.open();
  await other.lease({ run: "run-2", description: "you" }, 0);
  await vi.waitFor(() => expect(lease.lost.aborted).toBe(true), { timeout: 10_000, interval: 20 });
});

/** Lets the renewals' timer fire once, and never by itself. */
async function tickOnce(ledger: Ledger, renewMs: number, prepare: () => void): Promise<void> {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    await ledger.lease({ run: "run-1", description: "me" }, 0);
    prepare();
    vi.advanceTimersByTime(renewMs);
  } finally {
    vi.useRealTimers();
  }
}

const SOON = { timeout: 10_000, interval: 20 };

test("a timer that fires a little early renews all the same", async () => {
  const renewMs = 200_000;
  const ledger = await world.open({ timing: { leaseMs: 600_000, renewMs } });
  await tickOnce(ledger, renewMs, () => (world.now = new Date(world.now.getTime() + renewMs - 5)));
  await vi.waitFor(() => expect(world.pushes()).toBe(2), SOON);
});

test("a renewal that failed is tried again before the next is due", async () => {
  const ledger = await world.open({ timing: { leaseMs: 600_000, renewMs: 200 } });
  await tickOnce(ledger, 200, () => {
    hook("pre-receive", `[ -e ${world.root}/tried ] && exit 0; touch ${world.root}/tried; exit 1`);
    world.now = new Date(world.now.getTime() + 200);
  });
  await vi.waitFor(() => expect(world.pushes()).toBe(2), SOON);
  expect(existsSync(join(world.root, "tried"))).toBe(true);
});

const A_DAY_MS = 24 * 60 * 60_000;

test("a holder whose clock was a day ahead and that died is overtaken when a lease's time has passed without a word", async () => {
  const start = world.now.getTime();
  const ahead = await world.open({ timing: { renewMs: A_DAY_MS } });
  world.now = new Date(start + A_DAY_MS);
  const lost = await ahead.lease({ run: "run-1", description: "me" }, 0);
  world.now = new Date(start);
  const other = await world.open();
  const refusal = await faultOf(other.lease({ run: "run-2", description: "you" }, 0));
  expect(refusal.message).toContain("until 2026-11-21T08:27:00.000Z");
  expect(refusal.hint).toContain("its entry says until 2026-11-22T08:25:00.000Z, so its clock is ahead");
  expect(refusal.hint).toContain("--wait 14m");
  world.now = new Date(start + 12 * 60_000 - 1);
  expect((await faultOf(other.lease({ run: "run-2", description: "you" }, 0))).code).toBe("LEASE_HELD");
  world.now = new Date(start + 12 * 60_000);
  await other.lease({ run: "run-2", description: "you" }, 0);
  expect((await faultOf(ahead.append(anEvent("late")))).code).toBe("LEASE_LOST");
  expect(lost.lost.aborted).toBe(true);
});

test("a holder whose clock is a day ahead and that lives keeps its lease: every word of it counts anew", async () => {
  const start = world.now.getTime();
  const ahead = await world.open({ timing: { renewMs: A_DAY_MS } });
  const other = await world.open();
  world.now = new Date(start + A_DAY_MS);
  const lease = await ahead.lease({ run: "run-1", description: "me" }, 0);
  for (let minutes = 0; minutes < 30; minutes += 10) {
    world.now = new Date(start + minutes * 60_000);
    expect((await faultOf(other.lease({ run: "run-2", description: "you" }, 0))).code).toBe("LEASE_HELD");
    world.now = new Date(start + A_DAY_MS + (minutes + 5) * 60_000);
    await ahead.append(anEvent("alive"));
  }
  expect(lease.lost.aborted).toBe(false);
});

test("a clock that is a little fast does not take a lease that still runs", async () => {
  const ledger = await world.open();
  await ledger.lease({ run: "run-1", description: "me" }, 0);
  const other = await world.open();
  world.now = new Date(world.now.getTime() + 11 * 60_000);
  const refusal = await faultOf(other.lease({ run: "run-2", description: "you" }, 0));
  expect(refusal.message).toContain(
    "run run-1 (me) since 2026-11-21T08:15:00.000Z, until 2026-11-21T08:27:00.000Z",
  );
  expect(refusal.hint).toContain("runs out at that time");
});

// ── With other processes ─────────────────────────────────────────────────────────────────────────────────

const FIXTURE = fileURLToPath(new URL("writer.fixture.ts", import.meta.url));
const children = new Set<ChildProcess>();

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

function start(name: string, what: "append" | "count", count: number): ChildProcess {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", FIXTURE, world.clone, name, what, String(count)],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...ENVIRONMENT, TMPDIR: world.root, LEDGER_REMOTE: "origin" },
    },
  );
  children.add(child);
  return child;
}

/** Kills it after so many acknowledged entries. */
async function linesUntil(child: ChildProcess, enough: number): Promise<string[]> {
  const lines: string[] = [];
  if (!child.stdout) return lines;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === enough) child.kill("SIGKILL");
  }
  return lines;
}

test("after kill -9 among several writers the chain holds and has every acknowledged entry once", async () => {
  const survivors = [start("a", "append", 24), start("b", "count", 6)];
  for (const child of survivors) child.stdout?.resume();
  const codes = survivors.map(async (child) => (await once(child, "exit"))[0] as number);
  const killed = await Promise.all(
    [1, 9, 20].map(async (enough) => {
      const name = `killed-after-${enough}`;
      const acknowledged = await linesUntil(start(name, "append", 1_000_000), enough);
      expect(acknowledged.length).toBeGreaterThanOrEqual(enough);
      return { name, acknowledged };
    }),
  );
  expect(await Promise.all(codes)).toEqual([0, 0]);
  const ledger = await world.open();
  await ledger.append(anEvent("after"));
  expect((await ledger.verify()).lines).toBeGreaterThan(60);
  const events: EffectIntent[] = [];
  for await (const event of ledger.events()) events.push(event as EffectIntent);
  const keptBy = (name: string): (string | undefined)[] =>
    events.filter((event) => event.name === name).map((event) => event.operation);
  for (const { name, acknowledged } of killed) {
    const kept = keptBy(name);
    expect(kept).toEqual(kept.map((_, index) => String(index)));
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
  }
  expect(keptBy("a")).toHaveLength(24);
  expect((await ledger.records()).get("shared")?.version).toBe(6);
}, 120_000);

/** The same entries as a chain that holds: what somebody who knows the format would write. */
function rehash(texts: readonly string[]): readonly string[] {
  let prev = "0".repeat(64);
  return texts.map((text, index) => {
    const [, at, entry] = /"at":"([^"]+)","prev":"\w+","entry":(.*),"hash":"\w+"\}$/.exec(text) ?? [];
    const body = `{"seq":${index + 1},"at":"${at}","prev":"${prev}","entry":${entry}`;
    prev = sha256Hex(body);
    return `${body},"hash":"${prev}"}`;
  });
}
