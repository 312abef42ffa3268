/** Sees everything that really happens, and says which invariant it breaks. Never asks the pipeline. */

import { type DesiredState, type Slot, slotId } from "../core/desired.ts";
import { policyBreaches } from "../core/policy.ts";
import type { RunRecord } from "../core/run.ts";
import type { NextKeyRecord } from "../core/key-record.ts";
import type { Marker } from "../core/live.ts";
import type { Plan } from "../core/plan.ts";
import type { CreateKeyRequest } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { Sent, SinkAct, StoreAct } from "./act.ts";
import { Census } from "./census.ts";
import { Conduct } from "./conduct.ts";
import { Consumers } from "./consumers.ts";
import { Excuses } from "./excuses.ts";
import { IntentBook, subjectOfAct } from "./intent-book.ts";
import { mintFaults } from "./mint-faults.ts";
import { Needs } from "./needs.ts";
import { revocationFault } from "./revocation-fault.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { Breach, Invariant } from "./trial.ts";
import type { Universe } from "./universe.ts";

/** One breach tends to be seen again after every operation that follows. */
const MOST_BREACHES = 20;

export class Witness {
  readonly #universe: Universe;
  readonly excuses: Excuses;
  readonly consumers: Consumers;
  readonly census: Census;
  readonly needs: Needs;
  readonly #book: IntentBook;
  readonly #conduct: Conduct;
  readonly breaches: Breach[] = [];
  /** Everything that people or files get to see: no secret may be in it. */
  readonly said: string[] = [];
  /** How often each invariant was looked at. */
  readonly checks = new Map<Invariant, number>();
  mints = 0;
  readonly #secrets = new Set<Secret>();

  constructor(universe: Universe) {
    this.#universe = universe;
    this.excuses = new Excuses(universe);
    this.consumers = new Consumers(universe, this.excuses);
    this.census = new Census(universe, this.excuses);
    this.needs = new Needs(universe.scenario);
    this.#book = new IntentBook(universe);
    this.#conduct = new Conduct(universe);
  }

  /** For the record: `invariant` was looked at. */
  count(...invariants: readonly Invariant[]): void {
    for (const each of invariants) this.checks.set(each, (this.checks.get(each) ?? 0) + 1);
  }

  report(invariant: Invariant, message: string): void {
    const isKnown = this.breaches.some((each) => each.invariant === invariant && each.message === message);
    if (isKnown || this.breaches.length >= MOST_BREACHES) return;
    this.breaches.push({ invariant, message, at: this.#universe.at });
    this.#universe.note(`breach of ${invariant}: ${message}`);
  }

  #reportAll(findings: readonly Omit<Breach, "at">[]): void {
    for (const { invariant, message } of findings) this.report(invariant, message);
  }

  /** After an operation: looks at the whole world if anything in it changed. */
  look(): void {
    const { rereadEvery } = this.#universe.scenario;
    if (rereadEvery > 0 && this.#universe.at % rereadEvery === 0) this.consumers.reread();
    if (!this.#universe.isTouched) return;
    this.#universe.isTouched = false;
    this.count("I1", "I2", "I4", "I5", "I9");
    for (const { invariant, message } of this.census.findings()) this.report(invariant, message);
    for (const message of this.consumers.faults()) this.report("I2", message);
  }

  sending(process: SimulatedProcess, act: StoreAct | SinkAct): Sent {
    if ("secret" in act) this.noteSecret(act.secret);
    if (act.type === "create" && act.request.kind === "ApiKey") this.noteSecret(act.request.secret);
    this.#reportAll([...this.#conduct.onSending(act), ...mintFaults(this.#universe, this, process, act)]);
    const operation =
      "secret" in act && act.type === "verify"
        ? this.#universe.keyOf(act.secret)?.key.marker?.operation
        : undefined;
    const objection =
      act.type === "revoke" && act.request.kind === "ApiKey"
        ? revocationFault(this.#universe, this.excuses, process, act.request.id)
        : undefined;
    const sent: Sent = {
      process,
      act,
      subject: subjectOfAct(process.run ?? "no run", act, operation),
      times: 0,
      ...(objection !== undefined && { objection }),
    };
    // A value that the store does not know cannot be told apart from others.
    if (act.type !== "verify" || operation !== undefined) this.#book.add(sent);
    return sent;
  }

  /** I3: from now on it may be nowhere but in sinks and in memory. */
  noteSecret(secret: Secret | undefined): void {
    if (secret) this.#secrets.add(secret);
  }

  /** A part of every value that a run ever held, long enough to be nothing else. */
  secretParts(): readonly string[] {
    return [...this.#secrets].map((secret) => secret.reveal().slice(12, 36));
  }

  /** A record is about to be written over. */
  claiming(process: SimulatedProcess, name: string, next: NextKeyRecord | null): void {
    this.#conduct.onClaiming();
    if (next?.intent) this.#reportAll(this.#conduct.ofNewAttempt(process, name, next.intent, this.excuses));
  }

  /** About to be carried out. */
  carrying(sent: Sent): void {
    if (sent.times > 0) return;
    const { act } = sent;
    const isTold = act.type !== "verify" || !sent.subject.endsWith("undefined");
    this.count("I7");
    this.#reportAll(this.#conduct.onCarrying(sent));
    if (isTold && !this.#book.isAnnounced(sent))
      this.report("I7", `${sent.subject}: no intent came before it`);
    if (act.type === "revoke" && act.request.kind === "ApiKey") {
      this.count("I8");
      if (sent.objection !== undefined) this.report("I8", sent.objection);
    }
    if (act.type === "create" && act.request.kind === "ApiKey") this.#checkPolicy(sent.process, act.request);
  }

  /** The store answered, and did not do what it was asked to. */
  answered(sent: Sent): void {
    this.carrying(sent);
    sent.times += 1;
  }

  carried(sent: Sent): void {
    sent.times += 1;
    this.#reportAll(this.#conduct.onCarried(sent));
    const { act } = sent;
    if ("stage" in act) this.#noteOrder(act, sent.process.isOvertaken);
    if (act.type === "create" && act.request.kind === "ApiKey") this.#countMint(act.request.marker, sent);
    if (act.type === "write" && act.stage === "current") this.count("I6");
    if (act.type === "write" && act.stage === "current") this.#checkDelivery(act, sent.process);
    if (act.type === "revoke" && act.request.kind === "ApiKey") this.#checkRevoked(act.request.id);
  }

  /** The attempt that a run with the lease stages (again) has its value where it belongs. */
  #noteOrder(act: SinkAct, isOvertaken: boolean): void {
    const { overtaken } = this.excuses;
    if (!isOvertaken && act.type === "write") overtaken.delete(act.stamp.operation);
    if (!isOvertaken) return;
    for (const { record } of this.#universe.history.table.values()) {
      if (!record?.intent?.slots.some((slot) => slotId(slot) === slotId(act.slot))) continue;
      if (!overtaken.has(record.intent.operation)) this.needs.add(record.name);
      overtaken.add(record.intent.operation);
    }
  }

  /** The plan that a reconciler is about to apply: what it removes need not work any more. */
  approving(process: SimulatedProcess, plan: Plan): void {
    process.approved = plan;
    process.plannedFrom = process.loaded;
    this.said.push(JSON.stringify(plan));
    for (const change of plan.changes) {
      if (change.kind !== "ApiKey" || change.action !== "revoke" || change.reason !== "removed") continue;
      this.excuses.ended.add(change.key.id);
      this.excuses.unplaced.add(change.key.id);
    }
  }

  /** A reconciler ended by itself. */
  ended(process: SimulatedProcess, record: RunRecord | undefined): void {
    this.count("bug");
    if (record) this.said.push(JSON.stringify(record));
    for (const change of record?.changes ?? [])
      if (change.error?.code === "BUG") this.report("bug", `${change.name}: ${change.error.message}`);
    if (process.run === undefined || process.hasLostNotes) return;
    for (const fault of this.#book.faultsOf(process.run)) this.report("I7", fault);
    if (record && !this.#book.isFinished(process.run))
      this.report("I7", `${process.run} has no end in the ledger`);
  }

  pushed(desired: DesiredState): void {
    this.consumers.push(desired);
  }

  /** I6: neither the store's policy nor the declared one, at the instant of its making. */
  #checkPolicy(process: SimulatedProcess, request: CreateKeyRequest): void {
    const policy = process.loaded?.policy;
    if (!policy) return;
    this.count("I6");
    const { roles, expiresAt } = request;
    const expires =
      expiresAt === undefined ? ({ type: "never" } as const) : ({ type: "at", instant: expiresAt } as const);
    const [breach] = policyBreaches({ roles, expires }, policy, process.clock.now());
    if (breach) this.report("I6", `a key of ${request.marker.name} ${breach.message}`);
  }

  #countMint({ operation, name }: Marker, { times, process }: Sent): void {
    const isExtra = times > 1 || process.isDead || process.isOver;
    if (this.#universe.clientMints && times > 1) return;
    this.mints += 1;
    const excess = this.needs.mint(name, this.#universe.clock.ms);
    if (excess !== undefined) this.report("I5", excess);
    if (isExtra) this.census.extra.set(operation, (this.census.extra.get(operation) ?? 0) + 1);
  }

  /** I2: a consumer never finds a value that does not authenticate. */
  #checkDelivery(
    { secret, stamp, slot }: Extract<SinkAct, { type: "write" }>,
    process: SimulatedProcess,
  ): void {
    this.excuses.meddled.delete(slotId(slot));
    this.excuses.overwritten.delete(slotId(slot));
    if (process.isOvertaken) this.#noteOvertaken(slot);
    const stored = this.#universe.keyOf(secret);
    if (!stored)
      return this.report("I2", `a value of ${stamp.key} was delivered that the store does not know`);
    if (this.#universe.store.statusOf(stored) === "active") return;
    if (this.excuses.isEnded(stored.key.id, stored.key.expiresAt)) return;
    this.report("I2", `${stored.key.id} of ${stamp.key} was delivered and does not authenticate`);
  }

  /** What cannot compare takes the value of a run that was overtaken at the very last moment. Nobody can know. */
  #noteOvertaken(slot: Slot): void {
    if (this.#universe.sinks.get(slot.sink)?.capabilities.readable !== false) return;
    this.excuses.meddled.add(slotId(slot));
    this.consumers.release(slot);
  }

  #checkRevoked(id: string): void {
    for (const stored of this.#universe.store.peek())
      if (stored.key.id === id && !stored.isRevoked) this.report("I9", `${id} was revoked and lives on`);
  }
}
