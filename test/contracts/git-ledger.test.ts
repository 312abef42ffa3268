import { BRANCH, createGitWorld } from "../../src/ledger/git-ledger.fixture.ts";
import { type ExpiringLedgerUnderTest, leaseExpiryContract, ledgerContract } from "./ledger-contract.ts";
import { storedLedgerContract } from "./stored-ledger-contract.ts";

const FILE = "ledger/000001.jsonl";

async function start(): Promise<ExpiringLedgerUnderTest> {
  const world = createGitWorld();
  return {
    open: () => world.open(),
    advance: (ms) => void (world.now = new Date(world.now.getTime() + ms)),
    close: () => world.close(),
  };
}

ledgerContract("git ledger", start);
leaseExpiryContract("git ledger", start);
storedLedgerContract("git ledger", async () => {
  const world = createGitWorld();
  return {
    open: (instance = "acme-prod") => world.open({ instance }),
    readLines: async () => (world.git("branch", "--list", BRANCH) === "" ? [] : world.read(FILE).split("\n")),
    writeLines: async (lines) => {
      if (lines.length === 0) world.git("update-ref", "-d", `refs/heads/${BRANCH}`);
      else world.write({ [FILE]: lines.map((line) => `${line}\n`).join("") });
    },
    close: () => world.close(),
  };
});
