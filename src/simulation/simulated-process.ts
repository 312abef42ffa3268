/** One reconciler's process: each of its operations waits for its turn, may be struck by a fault, and may be its last. */

import type { DesiredState } from "../core/desired.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import type { Clock } from "../core/ports.ts";
import { type MemoryLedger, openMemoryLedger } from "../ledger/memory-ledger.ts";
import { LEASE_MS, SLOW_MS } from "./patience.ts";
import type { Fault, ReconcilerPlan } from "./schedule.ts";
import type { OperationKind } from "./trial.ts";
import type { Universe } from "./universe.ts";
import type { Witness } from "./witness.ts";

export interface Operation<T> {
  readonly kind: OperationKind;
  /** For the trace; never a secret. */
  readonly what: string;
  readonly act: () => Promise<T>;
  /** What the fault makes of it, where it is none of the process itself. */
  readonly disturbed?: (fault: Fault) => Promise<T>;
  /** Whether the fault would change anything just now; default: it would. */
  readonly suits?: (fault: Fault) => boolean;
}

export class SimulatedProcess {
  readonly id: number;
  readonly universe: Universe;
  readonly witness: Witness;
  readonly ledger: MemoryLedger;
  readonly plan: ReconcilerPlan;
  /** Names that a person lets this run revoke or rotate against the guards. */
  readonly allowed: readonly string[];
  readonly clock: Clock;
  isDead = false;
  /** It has ended by itself. */
  isOver = false;
  /** Nothing is accepted from it any more. */
  isUnauthorized = false;
  /** The store refused a create as being in conflict, or said, wrongly, that a secret is not valid. */
  isDenied = false;
  /** Its ledger failed it: what it noted may be lost. */
  hasLostNotes = false;
  /** The run that it holds the lease for. */
  run: string | undefined;
  #fence = 0;
  approved: Plan | undefined;
  /** The manifests as it last read them. */
  loaded: DesiredState | undefined;
  /** The manifests that its plan was made from. */
  plannedFrom: DesiredState | undefined;
  /** With the lease in hand and before its first act, it read a list that the store called incomplete. */
  hasReadInPart = false;
  hasActed = false;
  /** Names of which another wrote the record first. */
  readonly conflicts = new Set<string>();
  /** By slot: the digest of the value that it last found there. */
  readonly seen = new Map<string, string | undefined>();

  constructor(
    universe: Universe,
    witness: Witness,
    id: number,
    plan: ReconcilerPlan,
    allowed: readonly string[],
  ) {
    this.allowed = allowed;
    this.universe = universe;
    this.witness = witness;
    this.id = id;
    this.plan = plan;
    this.clock = universe.clock.skewed(() => universe.jumpMs + plan.skewMs);
    this.ledger = openMemoryLedger(universe.history, { clock: this.clock, leaseMs: LEASE_MS });
  }

  async operate<T>(operation: Operation<T>): Promise<T> {
    const { universe } = this;
    await universe.turns.take(this.id);
    const at = universe.begin(operation.kind);
    const fault = universe.strikes.strike(operation.kind, at, operation.suits ?? (() => true));
    if (fault) this.witness.needs.addToAll();
    const line = `${at} p${this.id} ${operation.kind} ${operation.what}${fault ? ` !${fault.kind}` : ""}`;
    try {
      const result = await this.#carryOut(operation, fault);
      universe.note(line);
      return result;
    } catch (error) {
      universe.note(`${line}: ${isKeywrightError(error) ? error.code : String(error)}`);
      throw error;
    } finally {
      this.witness.look();
    }
  }

  /** It holds the lease now. */
  lead(run: string, fence: number): void {
    const { leader } = this.universe;
    // Whoever is overtaken in the middle of a mint may lose it.
    if (leader && !leader.isDead) this.witness.needs.addToAll();
    this.universe.leader = this;
    this.run = run;
    this.#fence = fence;
  }

  /** It has let the lease go. */
  resign(): void {
    if (this.universe.leader === this) this.universe.leader = undefined;
  }

  /** Whether another took its lease. */
  get isOvertaken(): boolean {
    return this.universe.history.fences > this.#fence;
  }

  /** Ends it where it stands: it does nothing any more, and hears nothing. */
  kill(): void {
    this.isDead = true;
    this.ledger.kill();
    this.universe.turns.drop(this.id);
  }

  async #carryOut<T>({ act, disturbed }: Operation<T>, fault: Fault | undefined): Promise<T> {
    if (!fault) return act();
    const { kind } = fault;
    if (kind === "crash-before") return this.#die();
    if (kind === "crash-after") {
      await act().catch(ignoreRefusal);
      return this.#die();
    }
    if (kind === "slow") return this.#around(fault, act, () => this.universe.advance(SLOW_MS));
    if (kind === "lease-lost") return this.#around(fault, act, () => this.#loseLease());
    return disturbed ? disturbed(fault) : act();
  }

  async #die<T>(): Promise<T> {
    this.kill();
    this.witness.look();
    this.universe.note(`p${this.id} died`);
    return new Promise<T>(() => undefined);
  }

  async #around<T>({ carriedOut }: Fault, act: () => Promise<T>, happen: () => void): Promise<T> {
    if (carriedOut !== true) happen();
    const result = await act();
    if (carriedOut === true) happen();
    return result;
  }

  #loseLease(): void {
    this.hasLostNotes = true;
    this.universe.history.fences += 1;
    this.universe.history.held = undefined;
  }
}

/** The store may refuse what nobody hears the answer of. Anything else is a bug. */
export function ignoreRefusal(error: unknown): void {
  if (!isKeywrightError(error)) throw error;
}
