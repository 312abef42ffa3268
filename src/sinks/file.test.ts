import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { armor, Decrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cpuMs } from "../core/cpu-time.fixture.ts";
import { sha256Hex } from "../core/digest.ts";
import { slotId, type Slot } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { SecretSink, Stamp } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { createFileSink, type FileSinkOptions } from "./file.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };
const SECRET = Secret.of("kw_test_4QmX");
const STAMP: Stamp = {
  key: "scanner",
  operation: "7f3a9c2bq4vd",
  generation: 1,
  fingerprint: fingerprintOf(SECRET),
};
const SLOT: Slot = { sink: "local", path: "ci/scanner" };

let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kw-file-sink-"));
  directory = join(root, "secrets");
});
afterEach(() => rm(root, { recursive: true }));

const open = (options: Partial<FileSinkOptions> = {}): Promise<SecretSink> =>
  createFileSink({ directory, clock, ...options });

const put = async (sink: SecretSink, slot: Slot = SLOT, secret = SECRET) =>
  sink.write(slot, "current", secret, STAMP);

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> => {
  const error = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (error instanceof KeywrightError) return error;
  throw new Error("it did not fail as expected", { cause: error });
};

/** Every path below the root. */
const everything = async (): Promise<string[]> => (await readdir(root, { recursive: true })).sort();

const modeOf = async (path: string): Promise<number> => (await stat(join(directory, path))).mode & 0o777;

test("a raw file holds exactly the secret, without a newline", async () => {
  await put(await open());
  expect(await readFile(join(directory, "ci/scanner"), "utf8")).toBe("kw_test_4QmX");
});

test("S6: files are 0600 in directories that are 0700, and no temporary file stays", async () => {
  const sink = await open();
  await put(sink);
  await sink.write(SLOT, "pending", SECRET, STAMP);
  const pending = `.pending/${sha256Hex(slotId(SLOT))}.json`;
  for (const path of ["", "ci", ".pending"]) expect(await modeOf(path)).toBe(0o700);
  for (const path of ["ci/scanner", pending, ".keywright.lock"]) expect(await modeOf(path)).toBe(0o600);
  expect((await readdir(directory, { recursive: true })).sort()).toEqual(
    [".keywright.lock", ".pending", pending, "ci", "ci/scanner"].sort(),
  );
});

test("a probe and a read make nothing at all", async () => {
  const sink = await open();
  await sink.probe(SLOT);
  await sink.read(SLOT, "current");
  await sink.remove(SLOT, "pending");
  expect(await everything()).toEqual([]);
});

const BAD_PATHS = [
  "",
  "/etc/passwd",
  "../out",
  "ci/../../out",
  "ci//scanner",
  "./scanner",
  "ci/",
  "a\\b",
  "a\nb",
  "a\0b",
  ".pending/x",
  ".PENDING/x",
  ".keywright.lock",
  "ci/.kw-0123456789abcdef.tmp",
];

test("S6: a path that leaves the directory, or is the sink's own, is refused", async () => {
  const sink = await open();
  for (const path of BAD_PATHS) {
    const slot = { sink: "local", path };
    for (const work of [
      () => sink.read(slot, "current"),
      () => put(sink, slot),
      () => sink.probe(slot),
      () => sink.remove(slot, "current"),
    ]) {
      expect((await faultOf(work())).code).toBe("SINK_UNUSABLE");
    }
  }
  expect((await faultOf(put(sink, { sink: "local" }))).message).toContain("no path");
  expect(await everything()).toEqual([]);
});

test("a raw slot has no field, a dotenv or json slot needs a proper one", async () => {
  expect((await faultOf(put(await open(), { ...SLOT, field: "TOKEN" }))).message).toContain("no fields");
  for (const format of ["dotenv", "json"] as const) {
    const sink = await open({ format });
    expect((await faultOf(put(sink))).message).toContain("no field");
    for (const field of ["", "1A", "A-B", "A B", "A=B", "Ä", "A\n"]) {
      expect((await faultOf(put(sink, { ...SLOT, field }))).code).toBe("SINK_UNUSABLE");
    }
  }
});

interface Trap {
  readonly name: string;
  readonly set: () => Promise<unknown>;
  readonly says: string;
  readonly advises: string;
}

const inDirectory = (path: string): string => join(directory, path);
const makeDirectories = (path = "ci"): Promise<unknown> =>
  mkdir(inDirectory(path), { recursive: true, mode: 0o700 });

const TRAPS: readonly Trap[] = [
  {
    name: "a link in place of the sink's directory",
    set: async () => {
      await mkdir(join(root, "real"), { mode: 0o700 });
      await symlink(join(root, "real"), directory);
    },
    says: "symbolic link",
    advises: "real directory",
  },
  {
    name: "a link in place of a directory below",
    set: async () => {
      await mkdir(join(root, "real"), { mode: 0o700 });
      await makeDirectories("");
      await symlink(join(root, "real"), inDirectory("ci"));
    },
    says: "symbolic link",
    advises: "real directory",
  },
  {
    name: "a link in place of the file",
    set: async () => {
      await makeDirectories();
      await writeFile(join(root, "victim"), "precious", { mode: 0o600 });
      await symlink(join(root, "victim"), inDirectory("ci/scanner"));
    },
    says: "ci/scanner",
    advises: "remove it",
  },
  {
    name: "a link that leads nowhere in place of the file",
    set: async () => {
      await makeDirectories();
      await symlink(join(root, "nowhere"), inDirectory("ci/scanner"));
    },
    says: "ci/scanner",
    advises: "remove it",
  },
  {
    name: "a file that others may read",
    set: async () => {
      await makeDirectories();
      await writeFile(inDirectory("ci/scanner"), "old");
      await chmod(inDirectory("ci/scanner"), 0o640);
    },
    says: "others may",
    advises: "chmod 600 ",
  },
  {
    name: "a directory that others may write to",
    set: async () => {
      await makeDirectories();
      await chmod(inDirectory("ci"), 0o770);
    },
    says: "others may write",
    advises: "chmod go-w ",
  },
  {
    name: "a root that everybody may write to",
    set: async () => {
      await makeDirectories();
      await chmod(directory, 0o1777);
    },
    says: "others may write",
    advises: "chmod go-w ",
  },
  {
    name: "a directory in place of the file",
    set: () => makeDirectories("ci/scanner"),
    says: "not a regular file",
    advises: "move it away",
  },
  {
    name: "a named pipe in place of the file",
    set: async () => {
      await makeDirectories();
      execFileSync("mkfifo", ["-m", "600", inDirectory("ci/scanner")]);
    },
    says: "not a regular file",
    advises: "move it away",
  },
  {
    name: "a file in place of a directory",
    set: async () => {
      await makeDirectories("");
      await writeFile(inDirectory("ci"), "", { mode: 0o600 });
    },
    says: "not a directory",
    advises: "move that file away",
  },
];

for (const { name, set, says, advises } of TRAPS) {
  test(`S6: ${name} is refused by every operation, and nothing is written`, async () => {
    await set();
    const before = await everything();
    for (const operate of [
      (sink: SecretSink) => sink.read(SLOT, "current"),
      (sink: SecretSink) => put(sink),
      (sink: SecretSink) => sink.write(SLOT, "current", SECRET, STAMP, null),
      (sink: SecretSink) => sink.probe(SLOT),
    ]) {
      const fault = await faultOf(operate(await open()));
      expect(fault.code).toBe("SINK_UNUSABLE");
      expect(fault.message).toContain(says);
      expect(fault.hint).toContain(advises);
    }
    expect((await everything()).filter((path) => !path.endsWith(".keywright.lock"))).toEqual(before);
    expect(await readFile(join(root, "victim"), "utf8").catch(() => "precious")).toBe("precious");
  });
}

const temporaryPath = (): string => inDirectory(`ci/.kw-${sha256Hex("scanner").slice(0, 16)}.tmp`);

test("S6: a link planted at the temporary name is refused and its target is not written", async () => {
  await makeDirectories();
  await writeFile(join(root, "victim"), "precious");
  await symlink(join(root, "victim"), temporaryPath());
  expect((await faultOf(put(await open()))).message).toContain(".tmp");
  expect(await readFile(join(root, "victim"), "utf8")).toBe("precious");
  expect(await readdir(inDirectory("ci"))).toHaveLength(1);
});

test("S6: what a killed writer left, even as a hard link, is thrown away and never written through", async () => {
  await makeDirectories();
  await writeFile(join(root, "victim"), "precious", { mode: 0o600 });
  await link(join(root, "victim"), temporaryPath());
  await put(await open());
  expect(await readFile(join(root, "victim"), "utf8")).toBe("precious");
  expect(await readdir(inDirectory("ci"))).toEqual(["scanner"]);
});

test("S6: a link planted as the lock file is refused", async () => {
  await makeDirectories();
  await symlink(join(root, "elsewhere"), inDirectory(".keywright.lock"));
  expect((await faultOf(put(await open()))).message).toContain(".keywright.lock");
  expect(await everything()).not.toContain("elsewhere");
});

test("an empty file is an empty slot", async () => {
  await makeDirectories();
  await writeFile(inDirectory("ci/scanner"), "", { mode: 0o600 });
  const sink = await open();
  expect(await sink.read(SLOT, "current")).toBeUndefined();
  await sink.write(SLOT, "current", SECRET, STAMP, null);
});

test("an empty secret is refused", async () => {
  expect((await faultOf(put(await open(), SLOT, Secret.of("")))).code).toBe("SINK_UNUSABLE");
});

test("a pending file that is none is told, without its content", async () => {
  const sink = await open();
  await sink.write(SLOT, "pending", SECRET, STAMP);
  const path = inDirectory(`.pending/${sha256Hex(slotId(SLOT))}.json`);
  for (const content of ["s3cr3t", "null", '{"secret":1}', '{"secret":"s3cr3t"}']) {
    await writeFile(path, content);
    const fault = await faultOf(sink.read(SLOT, "pending"));
    expect(fault).toMatchObject({ code: "SINK_UNUSABLE", message: expect.stringContaining(path) });
    expect(fault.message + String(fault.cause)).not.toContain("s3cr3t");
  }
});

test("a dotenv or json file keeps all else that stands in it", async () => {
  await makeDirectories();
  await writeFile(inDirectory("ci/scanner"), "# ours\r\nA=1\r\nTOKEN=old # rotated by Keywright\r\nB=2\r\n", {
    mode: 0o600,
  });
  const dotenv = await open({ format: "dotenv" });
  await put(dotenv, { ...SLOT, field: "TOKEN" });
  await put(dotenv, { ...SLOT, field: "NEW" });
  expect(await readFile(inDirectory("ci/scanner"), "utf8")).toBe(
    "# ours\r\nA=1\r\nTOKEN=kw_test_4QmX # rotated by Keywright\r\nB=2\r\nNEW=kw_test_4QmX\r\n",
  );
  await writeFile(inDirectory("ci/json"), '{\n  "z": 1.50,\n  "1": [ ]\n}\n', { mode: 0o600 });
  await put(await open({ format: "json" }), { sink: "local", path: "ci/json", field: "TOKEN" });
  expect(await readFile(inDirectory("ci/json"), "utf8")).toBe(
    '{\n  "z": 1.50,\n  "1": [ ],\n  "TOKEN": "kw_test_4QmX"\n}\n',
  );
});

test("the file goes with its last value, and stays while others have theirs", async () => {
  for (const format of ["dotenv", "json"] as const) {
    const sink = await open({ format });
    const [a, b] = [
      { ...SLOT, field: "A" },
      { ...SLOT, field: "B" },
    ];
    await put(sink, a);
    await put(sink, b);
    await sink.remove(a, "current");
    expect((await sink.read(b, "current"))?.secret.reveal()).toBe("kw_test_4QmX");
    await sink.remove(b, "current");
    expect(await readdir(inDirectory("ci"))).toEqual([]);
  }
});

test("a file that is not what its format says is refused by probe, read and write, without its content", async () => {
  await makeDirectories();
  const cases = [
    { format: "json", content: '["s3cr3t"]', says: "no JSON object" },
    { format: "json", content: '{"TOKEN":"s3cr3t"', says: "no JSON object" },
    { format: "json", content: '{"TOKEN":"s3cr3t","TOKEN":"b"}', says: "2 members TOKEN" },
    { format: "json", content: '{"TOKEN":["s3cr3t"]}', says: "no string" },
    { format: "json", content: Buffer.from([0x22, 0xff, 0x22]), says: "not UTF-8" },
    { format: "dotenv", content: "TOKEN=s3cr3t\n#\nexport TOKEN=b\n", says: "on lines 1 and 3" },
  ] as const;
  for (const { format, content, says } of cases) {
    await writeFile(inDirectory("ci/scanner"), content, { mode: 0o600 });
    const sink = await open({ format });
    const slot = { ...SLOT, field: "TOKEN" };
    for (const work of [() => sink.probe(slot), () => sink.read(slot, "current"), () => put(sink, slot)]) {
      const fault = await faultOf(work());
      expect(fault).toMatchObject({ code: "SINK_UNUSABLE", message: expect.stringContaining(says) });
      expect(`${fault.message}${fault.hint}${String(fault.cause)}`).not.toContain("s3cr3t");
    }
    expect(await readFile(inDirectory("ci/scanner"))).toEqual(Buffer.from(content));
  }
});

// ── age ──────────────────────────────────────────────────────────────────────────────────────────────────

async function anIdentity(
  file = "identity",
): Promise<{ identity: string; recipient: string; identityFile: string }> {
  const identity = await generateIdentity();
  const identityFile = join(root, file);
  await writeFile(identityFile, `# public key: …\n${identity}\n`, { mode: 0o600 });
  return { identity, recipient: await identityToRecipient(identity), identityFile };
}

test("an encrypted file is armored age that any recipient opens, and the plaintext is nowhere", async () => {
  const [one, two] = [await anIdentity("one"), await anIdentity("two")];
  const sink = await open({ recipients: [one.recipient, two.recipient], identityFile: one.identityFile });
  await put(sink);
  await sink.write(SLOT, "pending", SECRET, STAMP);
  for (const { identity } of [one, two]) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const content = await readFile(inDirectory("ci/scanner"), "utf8");
    expect(await decrypter.decrypt(armor.decode(content), "text")).toBe("kw_test_4QmX");
  }
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const file of found.filter((each) => each.isFile())) {
    expect(await readFile(join(file.parentPath, file.name), "utf8")).not.toContain("4QmX");
  }
});

test("a sink without identity still refuses to overwrite what it expects to be absent", async () => {
  const sink = await open({ recipients: [(await anIdentity()).recipient] });
  await sink.write(SLOT, "current", SECRET, STAMP, null);
  expect((await faultOf(sink.write(SLOT, "current", SECRET, STAMP, null))).code).toBe("SINK_CONFLICT");
});

test("a file that was encrypted for others is told as such", async () => {
  await put(await open({ recipients: [(await anIdentity()).recipient] }));
  const { recipient, identityFile } = await anIdentity("other");
  const sink = await open({ recipients: [recipient], identityFile });
  expect((await faultOf(sink.read(SLOT, "current"))).message).toContain("cannot be decrypted");
  await put(sink);
  expect((await sink.read(SLOT, "current"))?.secret.reveal()).toBe("kw_test_4QmX");
});

test("options that do not go together are refused at once, and never quoted", async () => {
  const { identity, recipient, identityFile } = await anIdentity();
  const stranger = await anIdentity("stranger");
  const cases: readonly (readonly [Partial<FileSinkOptions>, string])[] = [
    [{ format: "dotenv", recipients: [recipient] }, "cannot be encrypted"],
    [{ identityFile }, "without recipients"],
    [{ recipients: [identity] }, "recipient 1 is no age public key"],
    [{ recipients: [recipient, "age1nonsense"] }, "recipient 2 is no age public key"],
    [
      { recipients: [recipient], identityFile: stranger.identityFile },
      "no identity of one of this sink's recipients",
    ],
    [{ recipients: [recipient], identityFile: join(root, "none") }, "ENOENT"],
  ];
  for (const [options, says] of cases) {
    const fault = await faultOf(open(options));
    expect(fault).toMatchObject({ code: "SINK_UNUSABLE", message: expect.stringContaining(says) });
    expect(`${fault.message}${fault.hint}${String(fault.cause)}`).not.toContain("AGE-SECRET-KEY");
  }
  await chmod(identityFile, 0o644);
  expect((await faultOf(open({ recipients: [recipient], identityFile }))).hint).toContain("chmod 600 ");
});

// ── Disks and other processes ────────────────────────────────────────────────────────────────────────────

function mountSmallDisk(option: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=32k,mode=700,${option}`, "tmpfs", directory], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

test("a full disk fails the write, leaves the old value, and no temporary file", async (context) => {
  await mkdir(directory);
  if (!mountSmallDisk("rw")) context.skip("SKIPPED: no right to mount a small disk here");
  try {
    const sink = await open();
    await put(sink);
    await writeFile(inDirectory("filler"), "x".repeat(12_000));
    const fault = await faultOf(put(sink, SLOT, Secret.of("y".repeat(20_000))));
    expect(fault).toMatchObject({ code: "SINK_WRITE_FAILED", message: expect.stringContaining("ENOSPC") });
    expect(fault.hint).toContain("free some space");
    expect((await sink.read(SLOT, "current"))?.secret.reveal()).toBe("kw_test_4QmX");
    expect(await readdir(inDirectory("ci"))).toEqual(["scanner"]);
    await writeFile(inDirectory("rest"), "x".repeat(32_000)).catch(() => undefined);
    expect(await faultOf((await open()).probe(SLOT))).toMatchObject({
      code: "SINK_UNUSABLE",
      message: expect.stringContaining("full"),
    });
  } finally {
    execFileSync("umount", [directory]);
  }
});

test("a read-only disk can be read, and a probe tells that it cannot be written", async (context) => {
  await mkdir(directory);
  if (!mountSmallDisk("rw")) context.skip("SKIPPED: no right to mount a small disk here");
  try {
    await put(await open());
    execFileSync("mount", ["-o", "remount,ro", directory]);
    const sink = await open();
    expect((await sink.read(SLOT, "current"))?.secret.reveal()).toBe("kw_test_4QmX");
    for (const work of [
      () => sink.probe(SLOT),
      () => sink.probe({ sink: "local", path: "new/slot" }),
      () => put(sink),
      () => sink.remove(SLOT, "current"),
    ]) {
      expect(await faultOf(work())).toMatchObject({
        code: "SINK_UNUSABLE",
        hint: expect.stringContaining("read-only"),
      });
    }
  } finally {
    execFileSync("umount", [directory]);
  }
});

const FIXTURE = fileURLToPath(new URL("file-writer.fixture.ts", import.meta.url));

function startWriter(format: string, prefix: string, count: number) {
  const args = ["--import", "tsx", FIXTURE, directory, format, prefix, String(count)];
  const writer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  writers.add(writer);
  return writer;
}

const writers = new Set<ChildProcess>();

afterEach(() => {
  for (const writer of writers) writer.kill("SIGKILL");
  writers.clear();
});

test("two processes that write fields of one file lose none", async () => {
  const both = ["A", "B"].map((prefix) => startWriter("dotenv", prefix, 60));
  for (const writer of both) writer.stdout.resume();
  const codes = await Promise.all(both.map(async (writer) => (await once(writer, "exit"))[0] as number));
  expect(codes).toEqual([0, 0]);
  const lines = (await readFile(inDirectory("shared"), "utf8")).trimEnd().split("\n");
  const fields = ["A", "B"].flatMap((prefix) =>
    Array.from({ length: 60 }, (_, index) => `${prefix}_${index}`),
  );
  expect(lines.sort()).toEqual(fields.map((field) => `${field}=value-of-${field}`).sort());
});

test("after kill -9 the file is whole and has every value that was acknowledged", async () => {
  for (const enough of [3, 40]) {
    const writer = startWriter("json", `K${enough}`, 100_000);
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === enough) writer.kill("SIGKILL");
    }
    const content = JSON.parse(await readFile(inDirectory("shared"), "utf8")) as Record<string, string>;
    for (const field of acknowledged) expect(content[field]).toBe(`value-of-${field}`);
    await put(await open({ format: "json" }), { sink: "local", path: "shared", field: "AFTER" });
    expect((await readdir(directory)).sort()).toEqual([".keywright.lock", "shared"]);
  }
});

test("ten thousand slots are probed and read in a moment", async () => {
  const sink = await open();
  const slots = Array.from({ length: 10_000 }, (_, index) => ({
    sink: "local",
    path: `team-${index % 50}/key-${index}`,
  }));
  await put(sink, slots[0]);
  const started = cpuMs();
  for (let start = 0; start < slots.length; start += 16) {
    await Promise.all(
      slots.slice(start, start + 16).map(async (slot) => {
        await sink.probe(slot);
        await sink.read(slot, "current");
      }),
    );
  }
  expect(cpuMs() - started).toBeLessThan(6000);
});
