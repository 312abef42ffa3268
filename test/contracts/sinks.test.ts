import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { describe } from "vitest";
import type { Slot } from "../../src/core/desired.ts";
import { createFileSink, type FileSinkOptions } from "../../src/sinks/file.ts";
import { createMemorySink } from "../../src/sinks/memory.ts";
import { sinkContract, type SinkKind, type SinkUnderTest } from "./sink-contract.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };

for (const kind of ["readable", "inspectable", "blind"] as const) {
  describe(`${kind} memory`, () => {
    sinkContract(`${kind} memory sink`, kind, async () => ({
      sink: createMemorySink({
        clock,
        isReadable: kind === "readable",
        isInspectable: kind === "inspectable",
      }),
      slot: (name) => ({ sink: "memory", path: name }),
      close: async () => {},
    }));
  });
}

const ownFile = (name: string): Slot => ({ sink: "local", path: `ci/${name}` });
const sharedFile = (name: string): Slot => ({ sink: "local", path: "ci/shared", field: name });

interface Case {
  readonly name: string;
  readonly slot: (name: string) => Slot;
  readonly kind: SinkKind;
  readonly options: (root: string) => Promise<Partial<FileSinkOptions>>;
}

const CASES: readonly Case[] = [
  { name: "raw file sink", slot: ownFile, kind: "readable", options: async () => ({}) },
  {
    name: "dotenv file sink",
    slot: sharedFile,
    kind: "readable",
    options: async () => ({ format: "dotenv" }),
  },
  { name: "json file sink", slot: sharedFile, kind: "readable", options: async () => ({ format: "json" }) },
  {
    name: "age file sink with identity",
    slot: ownFile,
    kind: "readable",
    options: (root) => ageOptions(root, true),
  },
  { name: "age file sink", slot: ownFile, kind: "inspectable", options: (root) => ageOptions(root, false) },
];

async function ageOptions(root: string, hasIdentity: boolean): Promise<Partial<FileSinkOptions>> {
  const identity = await generateIdentity();
  const recipients = [await identityToRecipient(identity)];
  const identityFile = join(root, "identity");
  await writeFile(identityFile, `# made for a test\n${identity}\n`, { mode: 0o600 });
  return hasIdentity ? { recipients, identityFile } : { recipients };
}

for (const { name, slot, kind, options } of CASES) {
  describe(`file: ${name}`, () => {
    sinkContract(name, kind, async (): Promise<SinkUnderTest> => {
      const root = await mkdtemp(join(tmpdir(), "kw-sink-"));
      const sink = await createFileSink({
        directory: join(root, "secrets"),
        clock,
        ...(await options(root)),
      });
      return { sink, slot, close: () => rm(root, { recursive: true }) };
    });
  });
}
