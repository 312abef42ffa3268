/**
 * What a run may do, by what it knows. Nothing in the world need look wrong for it: that a plan is out of date, a reading
 * incomplete or a value a stranger's shows only here.
 */

import { slotId } from "../core/desired.ts";
import { digestOf } from "../core/digest.ts";
import { renderRoles } from "../core/role-ref.ts";
import type { Intent } from "../core/key-record.ts";
import type { Stage } from "../core/ports.ts";
import type { Sent, SinkAct, StoreAct } from "./act.ts";
import type { Excuses } from "./excuses.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { Breach } from "./trial.ts";
import type { Universe } from "./universe.ts";

type Finding = Omit<Breach, "at">;
type Write = Extract<SinkAct, { type: "write" }>;

export class Conduct {
  readonly #universe: Universe;
  /** Operations that a create was sent for. */
  readonly #asked = new Set<string>();
  /** What a write would break if the sink took it. */
  readonly #ofWrites = new WeakMap<Sent, readonly Finding[]>();

  /** By slot: the runs whose intents named it. */
  readonly #reached = new Map<string, Set<string>>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  /** I5: what an earlier run has staged is taken up, as long as its key works and the same is asked for. */
  ofNewAttempt(
    process: SimulatedProcess,
    name: string,
    intent: Intent,
    { overtaken, altered }: Pick<Excuses, "overtaken" | "altered">,
  ): readonly Finding[] {
    const { history, sinks, store } = this.#universe;
    const before = history.table.get(name)?.record?.intent;
    if (!before || before.operation === intent.operation || before.request !== intent.request) return [];
    if (process.isOvertaken || process.isDenied || overtaken.has(before.operation)) return [];
    const isStaged = before.slots.some((slot) => {
      const entry = sinks.get(slot.sink)?.peek(slot, "pending");
      const stored = entry?.stamp?.operation === before.operation && this.#universe.keyOf(entry.secret);
      // Without its marker nobody can tell that it is the attempt's.
      if (!stored || altered.has(stored.key.id)) return false;
      return ["active", "pending"].includes(store.statusOf(stored));
    });
    return isStaged ? [finding("I5", `${name} is minted anew, and the value of its attempt is staged`)] : [];
  }

  /** I5: a store that mints makes another key each time that it is asked. */
  onSending(act: StoreAct | SinkAct): readonly Finding[] {
    if (act.type !== "create" || act.request.kind !== "ApiKey") return [];
    const { operation, name } = act.request.marker;
    const isAgain = this.#asked.has(operation) && !this.#universe.clientMints;
    this.#asked.add(operation);
    return isAgain ? [finding("I5", `${name} was minted twice for one operation`)] : [];
  }

  onCarrying(sent: Sent): readonly Finding[] {
    const { process, act } = sent;
    const findings = [
      ...this.#ofPlan(process),
      ...this.#ofClaims(process, act),
      ...this.#ofOwn(process, act),
      ...this.#ofEnded(process, act),
    ];
    process.hasActed = true;
    if (act.type === "remove" && act.stage === "current")
      return [...findings, ...this.#ofRemoved(process, act)];
    if (act.type === "write" && act.stage === "current")
      this.#ofWrites.set(sent, [...this.#ofReplaced(process, act), ...this.#ofRights(process, act)]);
    return findings;
  }

  /** Only what the sink took counts. */
  onCarried(sent: Sent): readonly Finding[] {
    return this.#ofWrites.get(sent) ?? [];
  }

  /** I8: only what was approved, and approved on the whole truth. */
  #ofPlan({ plannedFrom, loaded, hasReadInPart }: SimulatedProcess): readonly Finding[] {
    const isStale = plannedFrom !== loaded && digestOf(plannedFrom) !== digestOf(loaded);
    return [
      ...(isStale ? [finding("I8", "a plan was carried out that the manifests have moved away from")] : []),
      ...(hasReadInPart ? [finding("I8", "a run acted on a list that was not complete")] : []),
    ];
  }

  /** I8: another wrote the name's record first, and knows better. */
  #ofClaims({ conflicts }: SimulatedProcess, act: StoreAct | SinkAct): readonly Finding[] {
    const name = this.#nameOf(act);
    if (name === undefined || !conflicts.has(name)) return [];
    return [finding("I8", `a run went on with ${name} although another had written its record`)];
  }

  /** I1: a key that this very run has made, and whose secret is in a sink, is nobody's leftover. */
  #ofOwn({ run }: SimulatedProcess, act: StoreAct | SinkAct): readonly Finding[] {
    if (act.type !== "revoke" || act.request.kind !== "ApiKey") return [];
    const { id } = act.request;
    const stored = [...this.#universe.store.peek()].find(({ key }) => key.id === id);
    const intent = this.#universe.history.table.get(stored?.key.marker?.name ?? "")?.record?.intent;
    const isOwn = intent?.run === run && intent?.operation === stored?.key.marker?.operation;
    return isOwn && stored && this.#isOut(stored.digest, "pending")
      ? [finding("I1", `${id} was to be revoked by the run that had just made and staged it`)]
      : [];
  }

  /** I2: what a removed key was delivered to is emptied first, so that nobody reads a value that is dead. */
  #ofEnded({ approved, isOvertaken }: SimulatedProcess, act: StoreAct | SinkAct): readonly Finding[] {
    if (act.type !== "revoke" || act.request.kind !== "ApiKey" || isOvertaken) return [];
    const { id } = act.request;
    const { history, sinks, store } = this.#universe;
    const isRemoved = approved?.changes.some(
      (each) =>
        each.kind === "ApiKey" && each.action === "revoke" && each.reason === "removed" && each.key.id === id,
    );
    const stored = [...store.peek()].find(({ key }) => key.id === id);
    const current = [...history.table.values()]
      .map(({ record }) => record?.current)
      .find((each) => each?.id === id);
    if (!isRemoved || !stored || !current) return [];
    return current.receipts.flatMap(({ slot }) => {
      const sink = sinks.get(slot.sink);
      const entry = sink?.capabilities.readable === true ? sink.peek(slot) : undefined;
      return entry && this.#universe.digestOf(entry.secret) === stored.digest
        ? [finding("I2", `${id} was to be revoked, and its value is still in ${slotId(slot)}`)]
        : [];
    });
  }

  #nameOf(act: StoreAct | SinkAct): string | undefined {
    if (act.type === "write") return act.stamp.key;
    if (act.type === "create" && act.request.kind === "ApiKey") return act.request.marker.name;
    if (act.type !== "revoke" || act.request.kind !== "ApiKey") return undefined;
    const { id } = act.request;
    return [...this.#universe.store.peek()].find(({ key }) => key.id === id)?.key.marker?.name;
  }

  /** I4: a stranger's value is not taken away, by who has seen that it is one. */
  #ofRemoved(process: SimulatedProcess, { slot }: Extract<SinkAct, { type: "remove" }>): readonly Finding[] {
    const id = slotId(slot);
    const entry = this.#universe.sinks.get(slot.sink)?.peek(slot);
    const isSeen = entry && process.seen.get(id) === this.#universe.digestOf(entry.secret);
    return isSeen && entry.stamp?.key === BY_HAND
      ? [finding("I4", `the value in ${id} is a stranger's, and was removed`)]
      : [];
  }

  /** I4: a value is replaced by who has seen it; a stranger's, only where ours was before. */
  #ofReplaced(process: SimulatedProcess, { slot }: Write): readonly Finding[] {
    const sink = this.#universe.sinks.get(slot.sink);
    const entry = sink?.peek(slot);
    if (!sink?.capabilities.readable || !entry) return [];
    const id = slotId(slot);
    const digest = this.#universe.digestOf(entry.secret);
    if (process.seen.get(id) !== digest && entry.stamp?.key === BY_HAND)
      return [finding("I4", `the value in ${id} was replaced by a run that had not seen it`)];
    const isStrange = entry.stamp?.key === BY_HAND && !this.#isUsed(id, process.run);
    return isStrange ? [finding("I4", `the value in ${id} is a stranger's, and was replaced`)] : [];
  }

  /** The intent of the run at work names the slots that it is about to use: it does not count; one before it does. */
  #isUsed(id: string, run: string | undefined): boolean {
    this.onClaiming();
    const received = [...this.#universe.history.table.values()].some(({ record }) =>
      record?.current?.receipts.some(({ slot }) => slotId(slot) === id),
    );
    return received || [...(this.#reached.get(id) ?? [])].some((each) => each !== run);
  }

  /** A new attempt takes the slots of the one before it over: by then only this memory tells whose they were. */
  onClaiming(): void {
    for (const { record } of this.#universe.history.table.values()) {
      const { slots = [], run = "" } = record?.intent ?? {};
      for (const slot of slots) {
        const id = slotId(slot);
        this.#reached.set(id, (this.#reached.get(id) ?? new Set<string>()).add(run));
      }
    }
  }

  /** I6: nobody is given rights that the manifests have taken back; whose value is out already keeps them. */
  #ofRights({ loaded }: SimulatedProcess, { secret, stamp }: Write): readonly Finding[] {
    const wanted = loaded?.keys.find(({ name }) => name === stamp.key);
    const stored = this.#universe.keyOf(secret);
    if (!wanted || !stored || this.#isOut(stored.digest)) return [];
    const [has, should] = [stored.key.roles, wanted.roles].map((roles) => renderRoles(roles).join(", "));
    return has === should
      ? []
      : [finding("I6", `a new key of ${stamp.key} has ${has}, and ${should} is declared`)];
  }

  #isOut(digest: string, stage: Stage = "current"): boolean {
    const { slots, sinks } = this.#universe;
    return slots.some((slot) => {
      const entry = sinks.get(slot.sink)?.peek(slot, stage);
      return entry !== undefined && this.#universe.digestOf(entry.secret) === digest;
    });
  }
}

/** The stamp of what people put into a sink. */
export const BY_HAND = "by-hand";

const finding = (invariant: Finding["invariant"], message: string): Finding => ({ invariant, message });
