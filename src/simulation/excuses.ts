/** What people did, or asked for, that legitimately breaks a promise: nothing else is excused. */

import type { LiveKey, Marker } from "../core/live.ts";
import type { Universe } from "./universe.ts";

export class Excuses {
  readonly #universe: Universe;
  /** Keys that a person revoked, or that an approved plan removes: their values may die. */
  readonly ended = new Set<string>();
  /** Keys whose value a person took out of a sink, or a removal did. */
  readonly unplaced = new Set<string>();
  /** Keys that a person made with a copied marker, and the keys that it was copied from: their names are to be left alone. */
  readonly copies = new Map<string, string>();
  /** Keys that a person gave another description: a twin of theirs can no longer be told from a copy. */
  readonly described = new Set<string>();
  /** Keys of which a person edited the marker, and what they were before. */
  readonly altered = new Map<string, Pick<LiveKey, "description"> & { readonly marker: Marker }>();
  /** Those of them that somebody was at work with just then, and could not know. */
  readonly alteredInFlight = new Set<string>();
  /** Attempts that were under way when a run that had lost its lease changed one of their slots. */
  readonly overtaken = new Set<string>();
  /** Slots that a person changed, and nobody has delivered to since: where a sink tells nothing, nobody can know. */
  readonly meddled = new Set<string>();
  /** Slots in which a person put a value of their own. */
  readonly overwritten = new Set<string>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  /**
   * Whether a person's copy can be told apart: beside what it was copied from, and where the ledger has that key's id. Of
   * an attempt it has none; and a store that mints may make several keys for one operation.
   */
  isTellable(copy: string): boolean {
    const original = this.copies.get(copy);
    if (original === undefined) return false;
    const { clientMints } = this.#universe;
    return (clientMints && this.#universe.isRecorded(original)) || this.#isLive(original);
  }

  #isLive(id: string): boolean {
    return this.#universe.managed().some(({ key }) => key.id === id);
  }

  /** Copies beside what they were copied from: nobody can take them for ours. */
  tellableCopies(): readonly string[] {
    return [...this.copies].filter(([, original]) => this.#isLive(original)).map(([copy]) => copy);
  }

  /** Whether a value may be dead: its key was ended by people, or has come to its natural end. */
  isEnded(id: string, expiresAt: string | undefined): boolean {
    return (
      this.ended.has(id) || (expiresAt !== undefined && Date.parse(expiresAt) <= this.#universe.clock.ms)
    );
  }
}
