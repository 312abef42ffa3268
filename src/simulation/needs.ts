/**
 * I5: no mint without need. For each key, by whatever name: every change that asks for a new key is worth one mint, and
 * so is everything that may cost the attempt under way its secret.
 */

import type { DesiredKey, DesiredState } from "../core/desired.ts";
import { canonicalJson } from "../core/digest.ts";
import { DAY_MS, HOUR_MS } from "../core/duration.ts";
import { STORE_PROFILES } from "../stores/store-profile.ts";
import { CLOCKS_OFF_MS } from "./patience.ts";
import type { Scenario } from "./schedule.ts";

interface Account {
  needs: number;
  mints: number;
  mintedAtMs: number;
}

export class Needs {
  readonly #rename: ReadonlyMap<string, string>;
  readonly #shortestLifeMs: number;
  readonly #accounts = new Map<string, Account>();

  readonly #isRoleInPlace: boolean;

  constructor({ store, states }: Scenario) {
    this.#isRoleInPlace = STORE_PROFILES[store].capabilities.updatable.includes("roles");
    const keys = states.flatMap((state) => state.keys);
    this.#rename = new Map(
      keys.flatMap(({ name, previousNames }) =>
        previousNames.filter((each) => each !== name).map((each) => [each, name] as const),
      ),
    );
    this.#shortestLifeMs = Math.min(
      ...states.flatMap(({ keys: declared, policy }) => declared.map((key) => lifeMs(key, policy))),
    );
    for (const key of states[0]?.keys ?? []) this.add(key.name);
  }

  /** Something happened that may cost each of the keys one mint. */
  add(...names: readonly string[]): void {
    for (const name of new Set(names.map((each) => this.#last(each)))) this.#account(name).needs += 1;
  }

  /** Something happened that may cost every key one mint. */
  addToAll(): void {
    this.add(...this.#accounts.keys());
  }

  /** The manifests changed: of what asks for another key, each change is worth one. */
  push(before: DesiredState, after: DesiredState): void {
    const had = new Map(before.keys.map((key) => [this.#last(key.name), this.#wish(key, before)]));
    for (const key of after.keys)
      if (had.get(this.#last(key.name)) !== this.#wish(key, after)) this.add(key.name);
  }

  /** What no key can be changed to: where it differs, another key is asked for. */
  #wish(
    { roles, expires, rotation, securityLevel, deliverTo }: DesiredKey,
    { policy }: DesiredState,
  ): string {
    const { trigger, serial } = rotation;
    const given = this.#isRoleInPlace ? [] : roles;
    return canonicalJson({ given, expires, trigger, serial, securityLevel, deliverTo, policy });
  }

  /** The store has made a key; why it should not have been asked for it. */
  mint(name: string, nowMs: number): string | undefined {
    const account = this.#account(name);
    const isDue = nowMs - account.mintedAtMs >= this.#shortestLifeMs - CLOCKS_OFF_MS;
    if (account.mints > 0 && isDue) account.needs += 1;
    account.mints += 1;
    account.mintedAtMs = nowMs;
    const { mints, needs } = account;
    return mints > needs ? `${name} was minted ${mints} times, and there was need for ${needs}` : undefined;
  }

  #account(name: string): Account {
    const last = this.#last(name);
    let account = this.#accounts.get(last);
    if (!account) {
      account = { needs: 0, mints: 0, mintedAtMs: 0 };
      this.#accounts.set(last, account);
    }
    return account;
  }

  /** The name that a key has after all renames. */
  #last(name: string): string {
    const passed = new Set<string>();
    let last = name;
    for (let next = this.#rename.get(last); next !== undefined && !passed.has(next);) {
      passed.add(next);
      last = next;
      next = this.#rename.get(last);
    }
    return last;
  }
}

/** How long after its mint a key is due at the earliest. */
function lifeMs({ expires, rotation: { trigger } }: DesiredKey, policy: DesiredState["policy"]): number {
  const most = policy?.maxLifetimeDays === undefined ? Infinity : policy.maxLifetimeDays * DAY_MS;
  // How much of its life is left at an instant depends on when it was minted.
  const life = Math.min(
    most,
    expires.type === "after" ? expires.ms : expires.type === "at" ? HOUR_MS : Infinity,
  );
  if (trigger.type === "every") return Math.min(life, trigger.ms);
  if (trigger.type === "before") return life - trigger.ms;
  return trigger.type === "at" ? life * trigger.fraction : life;
}
