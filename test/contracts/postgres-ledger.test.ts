import { createPostgresPlace } from "../../src/ledger/postgres-ledger.fixture.ts";
import { leaseExpiryContract, ledgerContract } from "./ledger-contract.ts";
import { storedLedgerContract } from "./stored-ledger-contract.ts";

const LEASE_MS = 600_000;

ledgerContract("postgres ledger", async () => {
  const place = await createPostgresPlace();
  return { open: () => place.open(), close: () => place.drop() };
});

leaseExpiryContract("postgres ledger", async () => {
  const place = await createPostgresPlace();
  return {
    open: () => place.open({ leaseMs: LEASE_MS }),
    // The database's own clock cannot be moved: instead, what it is compared with moves the other way.
    advance: async (ms) => {
      const sql = "update keywright_ledger_heads set lease_until = lease_until - make_interval(secs => $1)";
      await place.query(sql, [ms / 1000]);
    },
    close: () => place.drop(),
  };
});

storedLedgerContract("postgres ledger", async () => {
  const place = await createPostgresPlace();
  return {
    open: (instance = "acme-prod") => place.open({ instance }),
    readLines: () => place.readLines(),
    writeLines: (lines) => place.writeLines(lines),
    close: () => place.drop(),
  };
});
