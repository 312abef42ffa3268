/**
 * Tells of keys that are about to expire: after the changes of a run, so that nobody is told of a key that the run has
 * just replaced. A notice is remembered once it is sent, not before: whoever dies in between sends it twice, and nobody
 * goes without.
 */

import { isKeywrightError } from "../core/error.ts";
import { type ExpiryNotice, owedNotices, type OwedNotice } from "../core/expiry-notice.ts";
import type { Facts } from "../core/facts.ts";
import type { LiveKey } from "../core/live.ts";
import { ownedState } from "../core/ownership.ts";
import { runId } from "./run-record.ts";
import type { World } from "./world.ts";

export interface NoticeFailure {
  /** Absent: it could not be found out which notices are owed. */
  readonly notice?: ExpiryNotice;
  readonly message: string;
}

/**
 * For whoever holds the lease. `facts`: from before the run. Never throws: what fails is given back, and tried again by
 * the next run. Once `signal` is aborted nothing more is sent.
 */
export async function sendNotices(
  world: World,
  facts: Facts,
  signal?: AbortSignal,
): Promise<readonly NoticeFailure[]> {
  // A key that the run has made is too young to be told of.
  if (!world.notifier || signal?.aborted || owedNotices(facts).length === 0) return [];
  try {
    const failures: NoticeFailure[] = [];
    for (const owed of owedNotices(await presentFacts(world, facts, signal))) {
      if (signal?.aborted) break;
      const message = await send(world, owed, signal);
      if (message !== undefined) failures.push({ notice: owed.notice, message });
    }
    return failures;
  } catch (error) {
    return [{ message: messageOf(error) }];
  }
}

/**
 * For a run without changes. Takes the lease for the moment; where another run has it, that one sends the notices.
 * `holder`: for whoever has to wait.
 */
export async function sendNoticesAlone(
  world: World,
  facts: Facts,
  holder: string,
  signal?: AbortSignal,
): Promise<readonly NoticeFailure[]> {
  if (!world.notifier || owedNotices(facts).length === 0) return [];
  try {
    const lease = await world.ledger.lease(
      { run: runId(world.clock.now(), world.random), description: holder },
      0,
    );
    try {
      return await sendNotices(world, facts, signal);
    } finally {
      await lease.release();
    }
  } catch (error) {
    return isKeywrightError(error, "LEASE_HELD") ? [] : [{ message: messageOf(error) }];
  }
}

async function presentFacts(
  world: World,
  { desired }: Facts,
  signal: AbortSignal | undefined,
): Promise<Parameters<typeof owedNotices>[0]> {
  const { store, ledger, clock } = world;
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey", signal)) keys.push(key);
  const records = new Map(await ledger.records());
  const live = ownedState({ keys, roles: [], policy: undefined, complete: true }, desired.instance);
  return { desired, live, records, now: clock.now() };
}

/** Why it failed; undefined: it is sent and remembered. */
async function send(
  { notifier, ledger }: World,
  { notice, noticed, record }: OwedNotice,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    await notifier?.notify(notice, signal);
    const { name = notice.name, version = 0, ...body } = record ?? { retiring: [], protected: false };
    await ledger.claim(name, version, { ...body, noticed });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : "something was thrown";
