/**
 * Carries out changes in their order, independent keys side by side. A change that fails stops neither the
 * others nor the record; what depends on it is not run.
 */

import type { Change, KeyChange, RevokeKey, RoleChange, UpdatePolicy } from "../core/change.ts";
import { slotId } from "../core/desired.ts";
import type { Facts } from "../core/facts.ts";
import { groupKeys } from "../core/key-group.ts";
import { keyText } from "../core/key-text.ts";
import { leakedOperations } from "../core/request.ts";
import type { ChangeOutcome } from "../core/run.ts";
import { standsAlone } from "../core/stands-alone.ts";
import { changePolicy, changeRole } from "./change-role.ts";
import type { Run } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { fieldNames } from "./field-names.ts";
import { mapBounded } from "./map-bounded.ts";
import { attempt, notRun } from "./outcome.ts";
import { runKey } from "./run-key.ts";
import { obstaclesToSecrets, runAllowlist, runSecrets } from "./run-secrets.ts";

type Report = (outcome: ChangeOutcome) => void;

/** One outcome for each change, in the order of `changes`. */
export async function runChanges(
  run: Run,
  changes: readonly Change[],
  facts: Facts,
  report: Report,
): Promise<readonly ChangeOutcome[]> {
  const outcomes = new Map<Change, ChangeOutcome>();
  const runner: Runner = {
    run,
    jobs: jobsOf(run, facts),
    settle: (change, outcome) => {
      outcomes.set(change, outcome);
      report(outcome);
      return outcome;
    },
  };
  const policies = changes.filter((change) => change.kind === "SecurityPolicy");
  const roles = changes.filter((change) => change.kind === "Role");
  const keys = changes.filter((change) => change.kind === "ApiKey");
  const isPolicySet = await runPolicies(runner, policies);
  const failedRoles = await runRoles(runner, roles.filter(isNoRevocation), isPolicySet);
  const obstacleOf = (change: KeyChange): string | undefined =>
    isPolicySet ? missingRole(change, failedRoles) : POLICY_FAILED;
  const unsettled = await runKeys(runner, keys.filter(isNoRevocation), obstacleOf);
  const secrets = changes.filter((change) => change.kind === "Secret");
  const obstacleTo = obstaclesToSecrets(changes, unsettled);
  const stale = await runSecrets(runner, secrets.filter(isNoRevocation), facts.records, obstacleTo);
  await runRevocations(runner, changes, facts, { unsettled, stale });
  const lists = changes.filter((change) => change.kind === "IpAllowlist");
  await runAllowlist(runner, lists);
  return changes.flatMap((change) => outcomes.get(change) ?? []);
}

interface Unfinished {
  /** Keys that have not got what they are to get. */
  readonly unsettled: ReadonlySet<string>;
  /** By the slot that they take their values from: secrets that have not got theirs. */
  readonly stale: ReadonlyMap<string, string>;
}

/** Of secrets, keys and roles, in this order: what goes on counts on nothing that is taken away here. */
async function runRevocations(
  runner: Runner,
  changes: readonly Change[],
  { records, now }: Facts,
  { unsettled, stale }: Unfinished,
): Promise<void> {
  const revocations = changes.filter((change) => !isNoRevocation(change));
  const waiting = slotsOf(runner, unsettled);
  const secrets = revocations.filter((change) => change.kind === "Secret");
  await runSecrets(runner, secrets, records, () => undefined);
  const keys = revocations.filter((change) => change.kind === "ApiKey");
  await runKeys(runner, keys, (change) => {
    if (isLeak(change)) return stillLeaked(change, standsAlone(change, changes, now), unsettled);
    if (unsettled.has(change.name)) return EARLIER_FAILED;
    return contested(runner, change.name, waiting) ?? stillCopied(runner, change, stale);
  });
  const roles = revocations.filter((change) => change.kind === "Role");
  await runRoles(runner, roles, true);
}

interface Runner {
  readonly run: Run;
  readonly jobs: ReadonlyMap<string, KeyJob>;
  readonly settle: (change: Change, outcome: ChangeOutcome) => ChangeOutcome;
}

/** The slots of keys that have not got what they are to get. */
const slotsOf = ({ jobs }: Runner, names: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...names].flatMap((name) => (jobs.get(name)?.group.desired?.deliverTo ?? []).map(slotId)));

/** A slot is not emptied for a key that is not in it yet. */
function contested({ jobs }: Runner, name: string, waiting: ReadonlySet<string>): string | undefined {
  const receipts = jobs.get(name)?.record?.current?.receipts ?? [];
  const taken = receipts.map(({ slot }) => slotId(slot)).find((id) => waiting.has(id));
  return taken === undefined ? undefined : `another key is to take over ${taken}, and could not yet`;
}

/** A replaced key goes on for whoever reads it from a secret of the store that has not got the new one yet. */
function stillCopied(
  { jobs }: Runner,
  { name }: KeyChange,
  stale: ReadonlyMap<string, string>,
): string | undefined {
  const slots = jobs.get(name)?.group.desired?.deliverTo ?? [];
  const copy = slots.map((slot) => stale.get(slotId(slot))).find((secret) => secret !== undefined);
  return copy === undefined
    ? undefined
    : `the secret ${copy} takes its value from it, and has not got the newest`;
}

const isLeak = (change: KeyChange): change is RevokeKey =>
  change.action === "revoke" && change.reason === "leaked";

/** Why a leaked key has to stay, loudly: what replaces it is not there. */
const stillLeaked = (
  { name, key }: RevokeKey,
  isAlone: boolean,
  unsettled: ReadonlySet<string>,
): string | undefined =>
  isAlone || !unsettled.has(name)
    ? undefined
    : `${keyText(key)} LEAKED AND IS STILL VALID: its replacement is not in place`;

const isNoRevocation = (change: Change): boolean => change.action !== "revoke";

function jobsOf(run: Run, { desired, live, records, slots, requests }: Facts): ReadonlyMap<string, KeyJob> {
  const foreign = new Set(live.foreign.ids);
  return new Map(
    groupKeys(desired, live.keys, records).map((group) => {
      const told = leakedOperations(group, requests);
      const adoptable = live.adoptable.find(({ id }) => id === group.desired?.adopt?.id);
      const job = { run, group, foreign, slots, told, revoked: new Set<string>(), record: group.record };
      return [group.name, adoptable ? { ...job, adoptable } : job];
    }),
  );
}

/** Keys are only made under the policy that they were planned for: none is above it, even for an instant. */
async function runPolicies({ run, settle }: Runner, changes: readonly UpdatePolicy[]): Promise<boolean> {
  let isSet = true;
  for (const change of changes) {
    const outcome = await attempt(run, change, async () => {
      await changePolicy(run, change);
      return { message: `changed ${fieldNames(change.fields)}` };
    });
    isSet = settle(change, outcome).outcome === "applied" && isSet;
  }
  return isSet;
}

/** The tags of roles that are not as declared. */
async function runRoles(
  { run, settle }: Runner,
  changes: readonly RoleChange[],
  isPolicySet: boolean,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  await mapBounded(changes, run.world.concurrency, async (change) => {
    const outcome = isPolicySet
      ? await attempt(run, change, async () => {
          await changeRole(run, change);
          return { message: roleMessage(change) };
        })
      : notRun(change, POLICY_FAILED);
    if (settle(change, outcome).outcome !== "applied") failed.add(change.name);
  });
  return failed;
}

const POLICY_FAILED = "the security policy could not be changed first";

const roleMessage = (change: RoleChange): string =>
  change.action === "update" ? `changed ${fieldNames(change.fields)}` : `${change.action}d`;

const EARLIER_FAILED = "an earlier change of this key was not applied";

/**
 * Names run side by side; the changes of one name one after the other, up to the first that fails. Gives the
 * names of which a change was not applied.
 */
async function runKeys(
  { run, jobs, settle }: Runner,
  changes: readonly KeyChange[],
  obstacleOf: (change: KeyChange) => string | undefined,
): Promise<ReadonlySet<string>> {
  const unsettled = new Set<string>();
  await mapBounded([...byName(changes)], run.world.concurrency, async ([name, ofName]) => {
    const job = jobs.get(name);
    for (const change of ofName) {
      const obstacle = unsettled.has(name) ? EARLIER_FAILED : obstacleOf(change);
      const outcome =
        obstacle === undefined && job
          ? await attempt(run, change, () => runKey(job, change))
          : notRun(change, obstacle ?? "the key is unknown");
      if (settle(change, outcome).outcome !== "applied") unsettled.add(name);
    }
  });
  return unsettled;
}

function byName(changes: readonly KeyChange[]): ReadonlyMap<string, readonly KeyChange[]> {
  const groups = new Map<string, KeyChange[]>();
  for (const change of changes) {
    const group = groups.get(change.name);
    if (group) group.push(change);
    else groups.set(change.name, [change]);
  }
  return groups;
}

function missingRole(change: KeyChange, failedRoles: ReadonlySet<string>): string | undefined {
  if (change.action === "revoke" || change.action === "adopt") return undefined;
  const role = change.desired.roles.find((ref) => ref.type === "custom" && failedRoles.has(ref.tag));
  return role?.type === "custom" ? `its role ${role.tag} is not as declared` : undefined;
}
