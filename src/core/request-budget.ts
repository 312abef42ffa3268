/** What carrying out a plan will ask of a store that rations its requests, when all goes well. An estimate: see `shareOf`. */

import type { Change } from "./change.ts";
import type { Facts } from "./facts.ts";
import { isScopeField } from "./key-scope.ts";
import type { Rationing, StoreCapabilities } from "./ports.ts";

export interface RequestBudget {
  readonly requests: number;
  /** At the store's limit; whole, and at least 1. */
  readonly seconds: number;
}

/** Undefined where the store rations nothing, and where nothing is to be done. */
export function requestBudget(changes: readonly Change[], facts: Facts): RequestBudget | undefined {
  const { capabilities } = facts;
  const { rationing } = capabilities;
  if (!rationing || changes.length === 0) return undefined;
  const spent = changes.reduce((sum, change) => sum + costOf(change, rationing, capabilities), 0);
  const requests = Math.ceil(
    readingCost(facts, rationing) + spent + identifyingCost(changes, facts, rationing),
  );
  return { requests, seconds: Math.ceil((requests * 60) / rationing.perMinute) };
}

/** An apply reads everything again before its first change. */
function readingCost({ desired, live, capabilities }: Facts, rationing: Rationing): number {
  const declared = desired.keys.filter(({ scope }) => scope);
  const names = new Set(declared.map(({ name }) => name));
  const adopted = new Set(declared.map(({ adopt }) => adopt?.id));
  const scoped =
    live.keys.filter(({ marker }) => names.has(marker.name)).length +
    live.adoptable.filter(({ id }) => adopted.has(id)).length;
  const lists = [
    capabilities.manages.includes("Role"),
    capabilities.manages.includes("SecurityPolicy"),
    live.secrets !== undefined,
    live.allowlist !== undefined,
  ];
  const { opening = 0 } = rationing;
  return opening + listingCost(keysIn(live), rationing) + scoped + lists.filter(Boolean).length;
}

const keysIn = ({ keys, adoptable, foreign }: Facts["live"]): number =>
  keys.length + adoptable.length + foreign.keys;

function listingCost(keys: number, { pageSize, readings = 1 }: Rationing): number {
  const pages = Math.max(1, Math.ceil(keys / pageSize));
  return pages > 1 ? pages * readings : 1;
}

function costOf(change: Change, rationing: Rationing, { updatable }: StoreCapabilities): number {
  if (change.kind === "IpAllowlist") return rationing.allowlist ?? 1;
  if (change.kind !== "ApiKey") return 1;
  const { create, update, revoke, scope = 0 } = rationing;
  switch (change.action) {
    case "create":
    case "rotate":
      return create + (change.desired.scope ? scope : 0);
    case "adopt":
    case "update": {
      const fields = change.fields.map(({ field }) => field);
      const isStored = change.action === "adopt" || fields.some((field) => isHeld(field, updatable));
      return (isStored ? update : 0) + (fields.some(isScopeField) ? scope : 0);
    }
    case "revoke":
      return change.reason === "unminted" ? 0 : revoke;
  }
}

/** The name stands in the marker. */
const isHeld = (field: string, updatable: readonly string[]): boolean =>
  field === "name" || updatable.includes(field) || isScopeField(field);

/** Where the store does not tell the id of a new key, it is looked up in a listing. */
function identifyingCost(
  changes: readonly Change[],
  { live, capabilities }: Facts,
  rationing: Rationing,
): number {
  const { mint, concurrency } = capabilities;
  if (mint.by === "client" || mint.returnsId) return 0;
  const minted = changes.filter(isMinting).length;
  return Math.ceil(minted * shareOf(concurrency)) * listingCost(keysIn(live) + minted, rationing);
}

const isMinting = ({ kind, action }: Change): boolean =>
  kind === "ApiKey" && (action === "create" || action === "rotate");

/**
 * Keys that are made side by side share listings, and each begins after its own key was made: of a group in step, the first
 * has one alone and the others share the next; out of step there are some three to a group. Measured: 2.1 to 3.1.
 */
const shareOf = (concurrency: number): number => Math.min(1, 2.5 / concurrency);
