/** The store as one process reaches it over a network that fails: what the HTTP adapter makes of each fault. */

import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Kind, LiveByKind, LiveKey } from "../core/live.ts";
import type { KeyStore, Verification, Wanted } from "../core/ports.ts";
import type { StoreAct } from "./act.ts";
import type { Fault, FaultKind } from "./schedule.ts";
import { ignoreRefusal, type SimulatedProcess } from "./simulated-process.ts";

export function simulatedStore(process: SimulatedProcess): KeyStore {
  const { store } = process.universe;
  return {
    identity: store.identity,
    capabilities: store.capabilities,
    ownKeyId: store.ownKeyId,
    list: (kind, _signal, wanted) => list(process, kind, wanted),
    create: (request) =>
      send(process, { type: "create", request }, async () => {
        const minted = await store.create(request).catch((error: unknown) => {
          process.isDenied ||= isKeywrightError(error, "STORE_CONFLICT");
          throw error;
        });
        process.witness.noteSecret(minted.secret);
        return minted;
      }),
    update: (request) => send(process, { type: "update", request }, () => store.update(request)),
    revoke: (request) => send(process, { type: "revoke", request }, () => store.revoke(request)),
    verify: (secret) => send(process, { type: "verify", secret }, () => store.verify(secret), DENIED),
    examine: (needs, signal) => store.examine(needs, signal),
    close: () => Promise.resolve(),
  };
}

/** A request that changes something. Whenever it is carried out, the witness hears of it. */
function send<T>(
  process: SimulatedProcess,
  act: StoreAct,
  perform: () => Promise<T>,
  wrongAnswer?: T,
): Promise<T> {
  const { universe, witness } = process;
  universe.mutations += 1;
  const sent = witness.sending(process, act);
  const carryOut = async (): Promise<T> => {
    if (process.isUnauthorized) throw unauthorized();
    witness.carrying(sent);
    universe.isTouched = true;
    const result = await perform();
    witness.carried(sent);
    return result;
  };
  universe.requests += 1;
  return process.operate({
    kind: `store.${act.type}`,
    what: describe(act),
    act: carryOut,
    disturbed: async (fault) => {
      if (fault.kind !== "denied-verification" || wrongAnswer === undefined)
        return disturb(process, fault, carryOut, isRead(act));
      if (process.isUnauthorized) throw unauthorized();
      if (isDone(fault)) await carryOut();
      else witness.answered(sent);
      process.isDenied = true;
      return wrongAnswer;
    },
  });
}

/** What a part of a store says that has not heard of the key yet. */
const DENIED: Verification = { valid: false, reason: "unknown key" };

/** Whether the adapter looks at what the store answers, besides its status. */
const isRead = (act: StoreAct): boolean => act.type === "create" || act.type === "verify";

async function disturb<T>(
  process: SimulatedProcess,
  fault: Fault,
  act: () => Promise<T>,
  isAnswerRead: boolean,
): Promise<T> {
  const { kind, at, delay = 1 } = fault;
  if (kind === "duplicate") return twice(act, at % 2 === 1);
  if (kind === "late") {
    process.universe.postpone(delay, act);
    throw unknown("no answer");
  }
  if (UNTOLD.has(kind)) {
    if (isDone(fault)) await act().catch(ignoreRefusal);
    throw unknown(kind);
  }
  if (kind === "malformed-body" && !isAnswerRead) return act();
  if (UNBELIEVABLE.has(kind)) {
    if (isDone(fault)) await act();
    throw contract(kind);
  }
  return refuse(process, kind);
}

/** The caller hears nothing of what became of its request. */
const UNTOLD: ReadonlySet<FaultKind> = new Set(["lost-answer", "truncated-body", "status-500", "status-503"]);
/** What the caller hears is no answer of the API. */
const UNBELIEVABLE: ReadonlySet<FaultKind> = new Set(["malformed-body", "wrong-content-type", "redirect"]);

/** Whether the store had done what it was asked before it went wrong. */
const isDone = ({ kind, carriedOut }: Fault): boolean =>
  kind === "lost-answer" || kind === "truncated-body" || kind === "malformed-body" || carriedOut === true;

/** Either answer may be the one that arrives. */
async function twice<T>(act: () => Promise<T>, isSecondHeard: boolean): Promise<T> {
  const first = await act();
  const second = await act().catch((error: unknown) => {
    ignoreRefusal(error);
    return first;
  });
  return isSecondHeard ? second : first;
}

/** The store did nothing, and the caller knows. */
function refuse(process: SimulatedProcess, kind: FaultKind): never {
  if (kind === "expired-credential") process.isUnauthorized = true;
  if (process.isUnauthorized) throw unauthorized();
  throw kind === "status-429"
    ? new KeywrightError("STORE_REJECTED", "the store refused: too many requests (429)")
    : new KeywrightError("STORE_UNREACHABLE", "the store cannot be reached");
}

async function* list<K extends Kind>(
  process: SimulatedProcess,
  kind: K,
  wanted: Wanted | undefined,
): AsyncGenerator<LiveByKind[K]> {
  const { universe } = process;
  universe.requests += 1;
  const items: LiveByKind[K][] = [];
  let isIncomplete = false;
  await process.operate({
    kind: "store.list",
    what: kind,
    act: () => read(process, kind, wanted, items),
    suits: (fault) => suitsListing(process, kind, fault),
    disturbed: async (fault) => {
      if (fault.kind !== "shifted-pages" && fault.kind !== "late-list") return unreadable(process, fault);
      await read(process, kind, wanted, items);
      const missing = fault.kind === "late-list" ? items.length - 1 : fault.at % items.length;
      items.splice(missing, 1);
      isIncomplete = fault.kind === "shifted-pages";
      if (isIncomplete && process.run !== undefined && !process.hasActed) process.hasReadInPart = true;
    },
  });
  yield* items;
  if (isIncomplete) throw new KeywrightError("STORE_INCOMPLETE", "the pages shifted while they were read");
}

async function read(
  { universe, isUnauthorized }: SimulatedProcess,
  kind: Kind,
  wanted: Wanted | undefined,
  into: unknown[],
): Promise<void> {
  if (isUnauthorized) throw unauthorized();
  for await (const item of universe.store.list(kind, undefined, wanted)) into.push(item);
  if (kind === "ApiKey") lookAlike(into as LiveKey[]);
}

/** Four characters are few: the keys of a person happen to end as our newest one does. */
function lookAlike(keys: LiveKey[]): void {
  const newest = keys.findLast(({ marker }) => marker);
  for (const [index, key] of keys.entries())
    if (newest?.last4 !== undefined && !key.marker) keys[index] = { ...key, last4: newest.last4 };
}

/** A store may be late to list what it has only just made; it does not forget what it has listed before. */
function suitsListing({ universe, run }: SimulatedProcess, kind: Kind, fault: Fault): boolean {
  if (fault.kind === "shifted-pages") return kind === "ApiKey";
  if (fault.kind !== "late-list") return true;
  const newest = [...universe.store.peek()].findLast((key) => universe.store.statusOf(key) !== "revoked");
  const operation = newest?.key.marker?.operation;
  return (
    kind === "ApiKey" && operation !== undefined && run !== undefined && universe.isFresh(operation, run)
  );
}

async function unreadable(process: SimulatedProcess, { kind }: Fault): Promise<void> {
  if (kind === "expired-credential") process.isUnauthorized = true;
  if (process.isUnauthorized) throw unauthorized();
  if (UNBELIEVABLE.has(kind)) throw contract(kind);
  throw new KeywrightError("STORE_UNREACHABLE", `the store cannot be read: ${kind}`);
}

const unknown = (why: string): KeywrightError =>
  new KeywrightError("STORE_OUTCOME_UNKNOWN", `the store gave no answer: ${why}`);
const contract = (why: string): KeywrightError =>
  new KeywrightError("STORE_CONTRACT", `the store's answer is none that the API gives: ${why}`);
const unauthorized = (): KeywrightError =>
  new KeywrightError("STORE_UNAUTHORIZED", "the store does not accept the credential");

function describe(act: StoreAct): string {
  switch (act.type) {
    case "create":
      if (act.request.kind === "Secret") return `Secret ${act.request.tag}`;
      return act.request.kind === "ApiKey"
        ? `${act.request.marker.name} ${act.request.marker.operation}`
        : `Role ${act.request.role.name}`;
    case "update":
      return act.request.kind === "ApiKey" ? act.request.id : act.request.kind;
    case "revoke":
      return act.request.kind === "Role" ? `Role ${act.request.name}` : act.request.id;
    case "verify":
      return "a key";
  }
}
