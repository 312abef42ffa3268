import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cpuMs } from "../core/cpu-time.fixture.ts";
import { sha256Hex } from "../core/digest.ts";
import { KeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { Ledger } from "../core/ports.ts";
import { openFileLedger } from "./file-ledger.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };
const RECORD = { retiring: [], protected: false };

let root: string;
let directory: string;
let path: string;
let ledger: Ledger;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kw-file-ledger-"));
  directory = join(root, "ledger");
  path = join(directory, "ledger.jsonl");
  ledger = openFileLedger({ directory, instance: "acme-prod", clock });
});
afterEach(async () => {
  await ledger.close();
  await rm(root, { recursive: true });
});

const anEvent = (name: string): EffectIntent => ({
  type: "intent",
  run: "run-1",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name,
});

async function eventsOf(from: Ledger): Promise<EffectIntent[]> {
  const events: EffectIntent[] = [];
  for await (const event of from.events()) events.push(event as EffectIntent);
  return events;
}

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> => {
  const error = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (error instanceof KeywrightError) return error;
  throw new Error("it did not fail as expected", { cause: error });
};

const again = (instance = "acme-prod"): Ledger => openFileLedger({ directory, instance, clock });

/** Changes the file's lines, behind the ledger's back. */
async function tamper(change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  await writeFile(path, `${change(lines).join("\n")}\n`);
}

test("reading a ledger that is not there makes nothing", async () => {
  expect((await ledger.records()).size).toBe(0);
  expect(await eventsOf(ledger)).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

test("S6: the ledger's files are for this user alone", async () => {
  await ledger.append(anEvent("a"));
  await ledger.lease({ run: "run-1", description: "me" }, 0);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  for (const file of await readdir(directory)) {
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
  }
});

test("S6: a link planted where the ledger should be is refused", async () => {
  await mkdir(directory);
  await symlink(join(root, "elsewhere"), path);
  expect(await faultOf(ledger.append(anEvent("a")))).toMatchObject({
    code: "LEDGER_UNUSABLE",
    hint: expect.stringContaining("symbolic link"),
  });
  expect(await readdir(root)).toEqual(["ledger"]);
});

test.each(["ledger.jsonl", "ledger.lock", "apply.lock"])(
  "a named pipe in place of %s is refused, not waited for",
  async (name) => {
    await ledger.append(anEvent("a"));
    await ledger.close();
    await rm(join(directory, name), { force: true });
    execFileSync("mkfifo", [join(directory, name)]);
    const reopened = again();
    const work = reopened.lease({ run: "run-1", description: "me" }, 0);
    expect(await faultOf(work)).toMatchObject({
      code: "LEDGER_UNUSABLE",
      message: expect.stringMatching(new RegExp(`${name}: it is no regular file$`)),
    });
    await reopened.close();
  },
);

test("S6: an existing directory that others may write to is refused, by readers and writers", async () => {
  await mkdir(directory);
  for (const mode of [0o770, 0o707]) {
    await chmod(directory, mode);
    for (const work of [
      () => ledger.records(),
      () => eventsOf(ledger),
      () => ledger.append(anEvent("a")),
      () => ledger.lease({ run: "run-1", description: "me" }, 0),
    ]) {
      expect(await faultOf(work())).toMatchObject({
        code: "LEDGER_UNUSABLE",
        message: expect.stringContaining(`others may write to ${directory}`),
        hint: expect.stringContaining(`chmod go-w ${directory}`),
      });
    }
  }
  expect(await readdir(directory)).toEqual([]);
  await chmod(directory, 0o755);
  await ledger.append(anEvent("a"));
});

test("anyone can check the chain: each hash is the SHA-256 of its line's text before it", async () => {
  await ledger.claim("scanner", 0, RECORD);
  await ledger.append(anEvent("scanner"));
  let prev = "0".repeat(64);
  for (const line of (await readFile(path, "utf8")).trimEnd().split("\n")) {
    const [, body = "", hash] = /^(.*),"hash":"([0-9a-f]{64})"\}$/.exec(line) ?? [];
    expect(sha256Hex(body)).toBe(hash);
    expect(JSON.parse(line)).toMatchObject({ prev, at: "2026-11-21T08:15:00.000Z" });
    prev = hash ?? "";
  }
});

const TAMPERINGS: readonly (readonly [string, (lines: string[]) => string[], number])[] = [
  ["a changed character", (lines) => lines.with(2, (lines[2] ?? "").replace("key-1", "key-9")), 3],
  ["a changed last line", (lines) => lines.with(4, (lines[4] ?? "").replace("key-3", "key-9")), 5],
  ["a missing line", (lines) => lines.toSpliced(2, 1), 3],
  ["a repeated line", (lines) => lines.toSpliced(2, 0, lines[2] ?? ""), 4],
  ["swapped lines", (lines) => [lines[0], lines[2], lines[1], ...lines.slice(3)] as string[], 2],
  ["an empty line", (lines) => lines.toSpliced(3, 0, ""), 4],
  ["bad JSON in the middle", (lines) => lines.with(1, "{"), 2],
  ["a missing header", (lines) => lines.slice(1), 1],
];

for (const [what, change, line] of TAMPERINGS) {
  test(`${what} is found, with file and line, by readers and writers, and nothing is written`, async () => {
    for (const key of ["key-0", "key-1", "key-2", "key-3"]) await ledger.append(anEvent(key));
    await tamper(change);
    const text = await readFile(path, "utf8");
    const reopened = again();
    for (const work of [
      () => reopened.records(),
      () => eventsOf(reopened),
      () => reopened.append(anEvent("late")),
      () => reopened.claim("late", 0, RECORD),
      () => reopened.lease({ run: "late", description: "me" }, 0),
    ]) {
      const fault = await faultOf(work());
      expect(fault.code).toBe("LEDGER_CORRUPT");
      expect(fault.message).toContain(`${path}:${line}: `);
      expect(fault.hint).toContain("backup");
    }
    await reopened.close();
    expect(await readFile(path, "utf8")).toBe(text);
  });
}

test("a ledger of another instance is refused, naming both", async () => {
  await ledger.append(anEvent("a"));
  const other = again("acme-staging");
  const fault = await faultOf(other.records());
  expect(fault).toMatchObject({
    code: "LEDGER_CORRUPT",
    message: expect.stringContaining("acme-prod, not acme-staging"),
  });
  await other.close();
});

test("a ledger of a later format is refused", async () => {
  await ledger.append(anEvent("a"));
  await tamper(([header = ""]) => {
    const body = header.slice(0, header.lastIndexOf(',"hash"')).replace('"format":1', '"format":2');
    return [`${body},"hash":"${sha256Hex(body)}"}`];
  });
  const reopened = again();
  expect((await faultOf(reopened.records())).message).toContain("format 2");
  await reopened.close();
});

test("a torn last line is ignored by readers and cut off by the next write", async () => {
  await ledger.append(anEvent("whole"));
  const sound = await readFile(path, "utf8");
  await appendFile(path, '{"seq":3,"at":"2026-');
  const reopened = again();
  expect(await eventsOf(reopened)).toEqual([anEvent("whole")]);
  expect(await readFile(path, "utf8")).toBe(`${sound}{"seq":3,"at":"2026-`);
  await reopened.append(anEvent("next"));
  expect(await eventsOf(ledger)).toEqual([anEvent("whole"), anEvent("next")]);
  await reopened.close();
});

test("a torn first line is no more than an empty ledger", async () => {
  await mkdir(directory);
  await writeFile(path, '{"seq":1,');
  expect((await ledger.records()).size).toBe(0);
  await ledger.append(anEvent("first"));
  expect(await eventsOf(again())).toEqual([anEvent("first")]);
});

test("an entry longer than the reading buffer comes back whole", async () => {
  const long = anEvent("x".repeat(3_000_000));
  await ledger.append(long);
  await ledger.append(anEvent("after"));
  expect(await eventsOf(again())).toEqual([long, anEvent("after")]);
});

test("a file that is cut, replaced or removed under an open ledger is noticed before anything is written", async () => {
  for (const harm of [
    () => truncate(path, 10),
    async () => {
      const copy = await readFile(path);
      await rename(path, `${path}.old`);
      await writeFile(path, copy);
    },
    () => rm(path),
  ]) {
    const open = again();
    await open.append(anEvent("a"));
    await harm();
    expect((await faultOf(open.append(anEvent("b")))).code).toBe("LEDGER_CORRUPT");
    expect((await faultOf(open.records())).code).toBe("LEDGER_CORRUPT");
    await open.close();
    await rm(directory, { recursive: true });
  }
});

test("a lease whose lock file was replaced is lost: its holder is told and writes nothing more", async () => {
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  await rm(join(directory, "apply.lock"));
  expect((await faultOf(ledger.append(anEvent("late")))).code).toBe("LEASE_LOST");
  expect(lease.lost.aborted).toBe(true);
  expect(await eventsOf(again())).toEqual([]);
});

test("a lease that a younger one overtook is lost", async () => {
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  await rm(join(directory, "apply.lock"));
  const other = again();
  const younger = await other.lease({ run: "run-2", description: "you" }, 0);
  expect(younger.fence).toBeGreaterThan(lease.fence);
  expect((await faultOf(ledger.claim("a", 0, RECORD))).message).toContain("younger");
  await other.claim("a", 0, RECORD);
  await other.close();
});

test("a directory that cannot be made is told with what to do", async () => {
  await writeFile(directory, "");
  const fault = await faultOf(ledger.append(anEvent("a")));
  expect(fault).toMatchObject({ code: "LEDGER_UNUSABLE", hint: expect.stringContaining("ledger.directory") });
});

test("a lease whose holder cannot be written down is not kept", async () => {
  const atNoTime = openFileLedger({
    directory,
    instance: "acme-prod",
    clock: { now: () => new Date(Number.NaN) },
  });
  expect((await faultOf(atNoTime.lease({ run: "run-1", description: "me" }, 0))).code).toBe(
    "LEDGER_UNUSABLE",
  );
  await (await ledger.lease({ run: "run-2", description: "you" }, 0)).release();
  await atNoTime.close();
});

test("many appends at once share their writes", async () => {
  const started = cpuMs();
  await Promise.all(Array.from({ length: 5000 }, (_, index) => ledger.append(anEvent(`key-${index}`))));
  expect(cpuMs() - started).toBeLessThan(3000);
  expect(await eventsOf(ledger)).toHaveLength(5000);
});

test("a full disk refuses the write, keeps all that was acknowledged, and goes on when there is room", async (context) => {
  await mkdir(directory);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32k,mode=0700", "tmpfs", directory], {
      stdio: "ignore",
    });
  } catch {
    context.skip("SKIPPED: no right to mount a small disk here");
  }
  try {
    await ledger.append(anEvent("first"));
    await writeFile(join(directory, "filler"), "x".repeat(8000));
    const big = Array.from({ length: 20 }, () => ledger.append(anEvent("y".repeat(1500))));
    const faults = await Promise.all(big.map(faultOf));
    expect(faults.map((fault) => fault.code)).toEqual(faults.map(() => "LEDGER_UNUSABLE"));
    expect(faults[0]?.hint).toContain("free some space");
    expect(await eventsOf(ledger)).toEqual([anEvent("first")]);
    expect((await ledger.records()).size).toBe(0);
    await rm(join(directory, "filler"));
    await ledger.append(anEvent("second"));
    expect(await eventsOf(again())).toEqual([anEvent("first"), anEvent("second")]);
  } finally {
    await ledger.close();
    execFileSync("umount", [directory]);
  }
});

test("a full disk gives no lease, and keeps none back when there is room", async (context) => {
  await mkdir(directory);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32k,mode=0700", "tmpfs", directory], {
      stdio: "ignore",
    });
  } catch {
    context.skip("SKIPPED: no right to mount a small disk here");
  }
  try {
    await writeFile(join(directory, "filler"), "x".repeat(32_768));
    const fault = await faultOf(ledger.lease({ run: "run-1", description: "me" }, 0));
    expect(fault).toMatchObject({
      code: "LEDGER_UNUSABLE",
      message: expect.stringContaining("apply.lock: ENOSPC"),
      hint: expect.stringContaining("free some space"),
    });
    await rm(join(directory, "filler"));
    const other = again();
    await (await other.lease({ run: "run-2", description: "you" }, 0)).release();
    await other.close();
  } finally {
    await ledger.close();
    execFileSync("umount", [directory]);
  }
});

// ── With other processes ─────────────────────────────────────────────────────────────────────────────────

const FIXTURE = fileURLToPath(new URL("writer.fixture.ts", import.meta.url));
const children = new Set<ChildProcess>();

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

function start(name: string, what: "append" | "count" | "hold", count = 0): ChildProcess {
  const args = ["--import", "tsx", FIXTURE, directory, name, what, String(count)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  return child;
}

async function linesUntil(child: ChildProcess, enough: number): Promise<string[]> {
  const lines: string[] = [];
  if (!child.stdout) return lines;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === enough) child.kill("SIGKILL");
  }
  return lines;
}

test("after kill -9 at any moment the chain holds and has every acknowledged entry", async () => {
  await Promise.all(
    [1, 13, 50, 171].map(async (enough) => {
      const name = `killed-after-${enough}`;
      const acknowledged = await linesUntil(start(name, "append", 1_000_000), enough);
      expect(acknowledged.length).toBeGreaterThanOrEqual(enough);
      await ledger.append(anEvent(`after ${name}`));
      const kept = (await eventsOf(again()))
        .filter((event) => event.name === name)
        .map((event) => event.operation);
      expect(kept).toEqual(kept.map((_, index) => String(index)));
      expect(kept).toEqual(expect.arrayContaining(acknowledged));
    }),
  );
});

test("two processes at once lose no entry, and no claim is granted twice", async () => {
  const started = [
    start("a", "append", 200),
    start("b", "append", 200),
    start("c", "count", 60),
    start("d", "count", 60),
  ];
  for (const child of started) child.stdout?.resume();
  const codes = await Promise.all(started.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual([0, 0, 0, 0]);
  const events = await eventsOf(ledger);
  for (const name of ["a", "b"]) expect(events.filter((event) => event.name === name)).toHaveLength(200);
  expect((await ledger.records()).get("shared")?.version).toBe(120);
});

test("the lease of a killed process is free at once", async () => {
  const child = start("run-of-child", "hold");
  const [line] = (await once(
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }),
    "line",
  )) as string[];
  expect(line).toBe("held");
  const refusal = await faultOf(ledger.lease({ run: "run-1", description: "me" }, 0));
  expect(refusal).toMatchObject({
    code: "LEASE_HELD",
    message: expect.stringContaining(`process ${child.pid}`),
  });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  expect(lease.fence).toBeGreaterThan(0);
});
