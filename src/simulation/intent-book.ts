/** I7: what the ledger's history says of each act, compared with what was really done. */

import { slotId } from "../core/desired.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { Sent, SinkAct, StoreAct } from "./act.ts";
import type { Universe } from "./universe.ts";

interface Page {
  intents: number;
  readonly outcomes: string[];
  readonly sent: Sent[];
}

export class IntentBook {
  readonly #universe: Universe;
  readonly #pages = new Map<string, Page>();
  readonly #finished = new Set<string>();
  #read = 0;

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  add(sent: Sent): void {
    this.#page(sent.subject).sent.push(sent);
  }

  /** Whether an intent of its own stands in the durable history before `sent` is carried out. */
  isAnnounced(sent: Sent): boolean {
    this.#catchUp();
    const page = this.#page(sent.subject);
    return page.sent.indexOf(sent) < page.intents;
  }

  /** What is wrong with the outcomes of a run that ended by itself, with a ledger that never failed it. */
  faultsOf(run: string): readonly string[] {
    this.#catchUp();
    return [...this.#pages]
      .filter(([subject]) => subject.startsWith(`${run} `))
      .flatMap(([subject, { sent, outcomes }]) =>
        sent
          .flatMap((each, index) => faultOf(each, outcomes[index]) ?? [])
          .map((fault) => `${subject}: ${fault}`),
      );
  }

  /** Whether the history tells that the run ended. */
  isFinished(run: string): boolean {
    this.#catchUp();
    return this.#finished.has(run);
  }

  #page(subject: string): Page {
    let page = this.#pages.get(subject);
    if (!page) {
      page = { intents: 0, outcomes: [], sent: [] };
      this.#pages.set(subject, page);
    }
    return page;
  }

  #catchUp(): void {
    const { events } = this.#universe.history;
    for (; this.#read < events.length; this.#read += 1) {
      const event = events[this.#read];
      if (event?.type === "intent") this.#page(subjectOfEvent(event)).intents += 1;
      if (event?.type === "run-finished") this.#finished.add(event.run);
      if (event?.type === "outcome") this.#page(subjectOfEvent(event)).outcomes.push(event.outcome);
    }
  }
}

/** A sink that fails is believed: it did nothing. A store's word is compared with what it did. */
function faultOf({ act, times }: Sent, outcome: string | undefined): string | undefined {
  if (outcome === undefined) return "no outcome was recorded";
  if (outcome === "failed" && times > 0 && isOfStore(act))
    return "recorded as failed, and it was carried out";
  if (outcome === "ok" && times === 0) return "recorded as ok, and it was not carried out";
  return undefined;
}

const isOfStore = (act: StoreAct | SinkAct): boolean => !("stage" in act);

function subjectOfEvent({
  run,
  effect,
  operation,
  target,
  name,
}: Extract<LedgerEvent, { effect: string }>): string {
  const isByOperation = effect === "create-key" || effect === "verify-key";
  return `${run} ${effect} ${isByOperation ? operation : (target ?? name)}`;
}

/** What the ledger is to call `act`; `operation`: of the key that a verification is about. */
export function subjectOfAct(run: string, act: StoreAct | SinkAct, operation: string | undefined): string {
  if ("stage" in act) return `${run} ${sinkEffect(act)} ${slotId(act.slot)}`;
  switch (act.type) {
    case "create":
      return `${run} ${createOf(act.request)}`;
    case "update":
      return `${run} ${updateOf(act.request)}`;
    case "revoke":
      return `${run} ${revokeOf(act.request)}`;
    case "verify":
      return `${run} verify-key ${operation}`;
  }
}

function createOf(request: Extract<StoreAct, { type: "create" }>["request"]): string {
  switch (request.kind) {
    case "ApiKey":
      return `create-key ${request.marker.operation}`;
    case "Role":
      return `create-role ${request.role.name}`;
    case "Secret":
      return `create-secret ${request.tag}`;
  }
}

function revokeOf(request: Extract<StoreAct, { type: "revoke" }>["request"]): string {
  switch (request.kind) {
    case "ApiKey":
      return `revoke-key ${request.id}`;
    case "Role":
      return `revoke-role ${request.name}`;
    case "Secret":
      return `revoke-secret ${request.id}`;
  }
}

function updateOf(request: Extract<StoreAct, { type: "update" }>["request"]): string {
  switch (request.kind) {
    case "ApiKey":
      return `update-key ${request.id}`;
    case "Role":
      return `update-role ${request.role.name}`;
    case "SecurityPolicy":
      return `update-policy ${request.policy.name}`;
    case "Secret":
      return `update-secret ${request.id}`;
    case "IpAllowlist":
      return "replace-allowlist";
  }
}

function sinkEffect({ type, stage }: SinkAct): string {
  if (type === "write") return stage === "pending" ? "stage-secret" : "deliver-secret";
  return stage === "pending" ? "unstage-secret" : "remove-secret";
}
