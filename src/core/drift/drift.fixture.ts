/** Facts of an instance whose manifests were applied, and what a check makes of them once something changed. */

import { aRecord } from "../a-key.fixture.ts";
import { type Applied, BASELINE_RECORD, type KnownForeign } from "../baseline.ts";
import { itemDigests } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import type { KeyRecord } from "../key-record.ts";
import type { ForeignKey } from "../live.ts";
import { aPlan, type FactsParts, someFacts, someLimits } from "../some-facts.fixture.ts";
import { type Drift, findDrift } from "./find-drift.ts";
import { DEFAULT_DRIFT_POLICY, type DriftPolicy, type Finding } from "./finding.ts";

export const APPLIED_AT = "2026-11-01T00:00:00.000Z";

export interface Before extends FactsParts {
  /** Overrides what was applied; null: no run has said. */
  readonly applied?: Partial<Applied> | null;
  /** Null: nobody has said which keys were there. */
  readonly known?: Partial<KnownForeign> | null;
}

/** `before` as it was applied, with `after` in the place of what changed since. */
export function changedFacts(after: FactsParts = {}, before: Before = {}): Facts {
  const { applied = {}, known = {}, ...parts } = before;
  const items = Object.fromEntries(itemDigests(someFacts(parts).desired));
  const baseline = {
    ...(applied && { applied: { at: APPLIED_AT, items, ...applied } }),
    ...(known && { foreign: { ids: [], instances: [], at: APPLIED_AT, ...known } }),
  };
  const record: KeyRecord = { name: BASELINE_RECORD, version: 3, retiring: [], protected: false, baseline };
  const { records = [aRecord()], ...rest } = { ...parts, ...after };
  return someFacts({ ...rest, records: [...records, record] });
}

export const driftOf = (facts: Facts, policy: Partial<DriftPolicy> = {}, limits = {}): Drift =>
  findDrift(facts, aPlan(facts, limits), someLimits(limits), { ...DEFAULT_DRIFT_POLICY, ...policy });

export const findingsOf = (after: FactsParts, before: Before = {}): readonly Finding[] =>
  driftOf(changedFacts(after, before)).findings;

/** `altered ApiKey scanner` */
export const classesOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ class: name, kind, name: of, id }) => `${name} ${kind} ${of ?? id ?? ""}`.trim());

/** `parts.foreign` with these keys. */
export const strangers = (...listed: ForeignKey[]): NonNullable<FactsParts["foreign"]> => ({
  keys: listed.length,
  listed,
  roles: [],
});
