/** The ledger as one process reaches it. */

import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Lease, LeaseHolder, Ledger } from "../core/ports.ts";
import { LEASE_POLL_MS, LEASE_POLLS } from "./patience.ts";
import type { Operation, SimulatedProcess } from "./simulated-process.ts";

export function simulatedLedger(process: SimulatedProcess): Ledger {
  const { ledger } = process;
  return {
    records: () => operate(process, { kind: "ledger.records", what: "", act: () => ledger.records() }),
    claim: (name, expected, next, events) => {
      process.witness.said.push(JSON.stringify(next));
      return operate(process, {
        kind: "ledger.claim",
        what: `${name} v${expected}${next === null ? " gone" : ""}`,
        act: () => {
          process.witness.claiming(process, name, next);
          return ledger.claim(name, expected, next, events);
        },
        suits: ({ kind }) => kind !== "ledger-conflict" || expected > 0,
        disturbed: async (fault) => {
          if (fault.kind === "ledger-conflict") {
            rewrite(process, name);
            process.conflicts.add(name);
          }
          process.witness.claiming(process, name, next);
          const work = ledger.claim(name, expected, next, events);
          return fault.kind === "ledger-answer-lost" ? loseAnswer(work) : work;
        },
      });
    },
    append: (...events) =>
      operate(process, {
        kind: "ledger.append",
        what: events.map(({ type }) => type).join(" "),
        act: () => ledger.append(...events),
        disturbed: () => loseAnswer(ledger.append(...events)),
      }),
    note: (event) => ledger.note(event),
    events: () => ledger.events(),
    lease: (holder, waitMs) => lease(process, holder, waitMs),
    close: () => ledger.close(),
  };
}

/** What is unreachable does nothing; whatever fails here may have cost the outcomes that were noted. */
async function operate<T>(process: SimulatedProcess, operation: Operation<T>): Promise<T> {
  const { disturbed, act } = operation;
  process.universe.isTouched = true;
  try {
    return await process.operate({
      ...operation,
      disturbed: async (fault) => {
        if (fault.kind === "ledger-unreachable") throw unusable("the ledger cannot be reached");
        return disturbed ? disturbed(fault) : act();
      },
    });
  } catch (error) {
    if (operation.kind !== "ledger.lease") process.hasLostNotes = true;
    throw error;
  }
}

async function loseAnswer<T>(work: Promise<T>): Promise<T> {
  await work;
  throw unusable("the ledger gave no answer");
}

/** Another writer was here first: the same record, under its next version. */
function rewrite({ universe: { history } }: SimulatedProcess, name: string): void {
  const cell = history.table.get(name);
  if (!cell?.record) return;
  const version = cell.version + 1;
  history.table.set(name, { version, record: { ...cell.record, version } });
}

/** Waiting is asking again, later. */
async function lease(process: SimulatedProcess, holder: LeaseHolder, waitMs: number): Promise<Lease> {
  const { ledger, universe } = process;
  for (let polls = 0; ; polls += 1) {
    try {
      const taken = await operate(process, {
        kind: "ledger.lease",
        what: holder.run,
        act: () => ledger.lease(holder, 0),
      });
      process.lead(holder.run, taken.fence);
      return { ...taken, release: () => release(process, taken) };
    } catch (error) {
      if (!isKeywrightError(error, "LEASE_HELD") || waitMs === 0 || polls === LEASE_POLLS) throw error;
      universe.advance(LEASE_POLL_MS);
    }
  }
}

function release(process: SimulatedProcess, taken: Lease): Promise<void> {
  const act = (): Promise<void> => {
    // Whoever was overtaken writes nothing any more, not even what it noted.
    if (process.isOvertaken) process.hasLostNotes = true;
    process.resign();
    return taken.release();
  };
  return operate(process, { kind: "ledger.release", what: "", act, disturbed: () => loseAnswer(act()) });
}

const unusable = (why: string): KeywrightError => new KeywrightError("LEDGER_UNUSABLE", why);
