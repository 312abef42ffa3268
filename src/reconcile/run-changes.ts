/**
 * Carries out changes in their order, independent keys side by side. A change that fails stops neither the
 * others nor the record; what depends on it is not run.
 */

import type { Change, KeyChange, RoleChange, UpdatePolicy } from "../core/change.ts";
import type { Facts } from "../core/facts.ts";
import { groupKeys } from "../core/key-group.ts";
import { leakedOperations } from "../core/request.ts";
import type { ChangeOutcome } from "../core/run.ts";
import { byName } from "./by-name.ts";
import { changePolicy, changeRole } from "./change-role.ts";
import type { Run } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { fieldNames } from "./field-names.ts";
import { mapBounded } from "./map-bounded.ts";
import { EARLIER_FAILED, obstaclesToRevocations, type Unfinished } from "./obstacles-to-revocations.ts";
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

/** Of secrets, keys and roles, in this order: what goes on counts on nothing that is taken away here. */
async function runRevocations(
  runner: Runner,
  changes: readonly Change[],
  { records, now }: Facts,
  unfinished: Unfinished,
): Promise<void> {
  const revocations = changes.filter((change) => !isNoRevocation(change));
  const secrets = revocations.filter((change) => change.kind === "Secret");
  await runSecrets(runner, secrets, records, () => undefined);
  const keys = revocations.filter((change) => change.kind === "ApiKey");
  await runKeys(runner, keys, obstaclesToRevocations(runner.jobs, changes, now, unfinished));
  const roles = revocations.filter((change) => change.kind === "Role");
  await runRoles(runner, roles, true);
}

interface Runner {
  readonly run: Run;
  readonly jobs: ReadonlyMap<string, KeyJob>;
  readonly settle: (change: Change, outcome: ChangeOutcome) => ChangeOutcome;
}

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

function missingRole(change: KeyChange, failedRoles: ReadonlySet<string>): string | undefined {
  if (change.action === "revoke" || change.action === "adopt") return undefined;
  const role = change.desired.roles.find((ref) => ref.type === "custom" && failedRoles.has(ref.tag));
  return role?.type === "custom" ? `its role ${role.tag} is not as declared` : undefined;
}
