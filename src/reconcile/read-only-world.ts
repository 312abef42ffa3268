/**
 * A world in which nothing can be changed (security check C1): what plans for a pull request works in it, so that no manifest
 * and no fault of the planning changes a key, a sink or the ledger. Each method of a port is named here: a new one does not
 * compile before somebody has said on which side it stands.
 */

import { KeywrightError } from "../core/error.ts";
import type { KeyStore, Ledger, SecretSink } from "../core/ports.ts";
import type { World } from "./world.ts";

/** Whatever changes something rejects with EVENT_REFUSED, before the port hears of it. Nobody is told of anything. */
export const readOnlyWorld = (world: World): World => ({
  ...world,
  store: readOnlyStore(world.store),
  sinks: new Map([...world.sinks].map(([name, sink]) => [name, readOnlySink(sink)])),
  ledger: readOnlyLedger(world.ledger),
  channels: [],
});

const readOnlyStore = (store: KeyStore): KeyStore => ({
  get identity() {
    return store.identity;
  },
  get capabilities() {
    return store.capabilities;
  },
  get ownKeyId() {
    return store.ownKeyId;
  },
  list: (kind, signal, wanted) => store.list(kind, signal, wanted),
  examine: (needs, signal) => store.examine(needs, signal),
  close: () => store.close(),
  create: () => refuse("the store was to create something"),
  update: () => refuse("the store was to update something"),
  revoke: () => refuse("the store was to revoke something"),
  // The first use activates a key.
  verify: () => refuse("the store was to verify a key"),
});

const readOnlySink = (sink: SecretSink): SecretSink => ({
  get capabilities() {
    return sink.capabilities;
  },
  read: (slot, stage) => sink.read(slot, stage),
  inspect: (slot) => sink.inspect(slot),
  probe: (slot) => sink.probe(slot),
  write: () => refuse("a sink was to be written"),
  remove: () => refuse("a sink was to remove a value"),
});

const readOnlyLedger = (ledger: Ledger): Ledger => ({
  records: () => ledger.records(),
  events: () => ledger.events(),
  close: () => ledger.close(),
  claim: () => refuse("a record of the ledger was to be written"),
  append: () => refuse("the ledger was to be written"),
  note: () => {
    throw refusal("the ledger was to be written");
  },
  lease: () => refuse("the ledger's lease was to be taken"),
});

const refuse = (what: string): Promise<never> => Promise.reject(refusal(what));

const refusal = (what: string): KeywrightError =>
  new KeywrightError("EVENT_REFUSED", `${what}, and this run only looks`, {
    hint: "this is a bug in Keywright: nothing was changed; please report it",
  });
