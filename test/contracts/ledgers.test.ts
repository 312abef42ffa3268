import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { openFileLedger } from "../../src/ledger/file-ledger.ts";
import { createMemoryHistory, openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { ledgerContract } from "./ledger-contract.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };

describe("memory", () => {
  ledgerContract("memory ledger", async () => {
    const history = createMemoryHistory();
    return { open: () => openMemoryLedger(history), close: async () => {} };
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
});
