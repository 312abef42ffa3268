import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { openFileLedger } from "../../src/ledger/file-ledger.ts";
import { createMemoryHistory, openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { leaseExpiryContract, ledgerContract, lostLeaseContract } from "./ledger-contract.ts";
import { storedLedgerContract } from "./stored-ledger-contract.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };

describe("memory", () => {
  ledgerContract("memory ledger", async () => {
    const history = createMemoryHistory();
    return { open: () => openMemoryLedger(history), close: async () => {} };
  });
  leaseExpiryContract("memory ledger", async () => {
    const history = createMemoryHistory();
    let now = clock.now().getTime();
    const moving = { now: () => new Date(now) };
    return {
      open: () => openMemoryLedger(history, { clock: moving }),
      advance: (ms) => void (now += ms),
      close: async () => {},
    };
  });
});

describe("file", () => {
  ledgerContract("file ledger", async () => {
    const root = await mkdtemp(join(tmpdir(), "kw-ledger-"));
    const directory = join(root, "deep", "ledger");
    return {
      open: () => openFileLedger({ directory, instance: "acme-prod", clock }),
      close: () => rm(root, { recursive: true }),
    };
  });
  describe("when a lease is lost", () => {
    lostLeaseContract("file ledger", async () => {
      const root = await mkdtemp(join(tmpdir(), "kw-ledger-"));
      const directory = join(root, "ledger");
      return {
        open: () => openFileLedger({ directory, instance: "acme-prod", clock }),
        lose: () => rm(join(directory, "apply.lock")),
        close: () => rm(root, { recursive: true }),
      };
    });
  });
  storedLedgerContract("file ledger", async () => {
    const root = await mkdtemp(join(tmpdir(), "kw-ledger-"));
    const directory = join(root, "ledger");
    const path = join(directory, "ledger.jsonl");
    return {
      open: (instance = "acme-prod") => openFileLedger({ directory, instance, clock }),
      readLines: async () => (await readFile(path, "utf8").catch(() => "")).split("\n").slice(0, -1),
      writeLines: (lines) => writeFile(path, lines.map((line) => `${line}\n`).join("")),
      close: () => rm(root, { recursive: true }),
    };
  });
});
