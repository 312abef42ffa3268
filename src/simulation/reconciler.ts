/** One reconciler at work: plans, applies, ends. The pipeline is that of production. */

import type { DesiredState } from "../core/desired.ts";
import { digestOf } from "../core/digest.ts";
import { isKeywrightError } from "../core/error.ts";
import { isEmpty, type Plan } from "../core/plan.ts";
import type { RunRecord } from "../core/run.ts";
import type { LoadedManifests, World } from "../reconcile/world.ts";
import type { Pipeline } from "./pipeline.ts";
import { LEASE_MS } from "./patience.ts";
import { SeededRandom } from "./seeded-random.ts";
import { simulatedLedger } from "./simulated-ledger.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { simulatedSink } from "./simulated-sink.ts";
import { simulatedStore } from "./simulated-store.ts";

export interface Reconciled {
  /** Absent when it could not even plan. */
  readonly plan?: Plan;
  readonly record?: RunRecord;
  /** The code of the error that ended it. */
  readonly error?: string;
}

/** Streams of randomness below this are the universe's own. */
const PROCESS_STREAMS = 1_000;

/** Never throws; never resolves when its process dies. */
export async function reconcile(process: SimulatedProcess, pipeline: Pipeline): Promise<Reconciled> {
  const { witness } = process;
  let reconciled: Reconciled = {};
  try {
    reconciled = await planAndApply(process, pipeline);
  } catch (error) {
    if (!isKeywrightError(error)) witness.report("bug", `a run ended with ${String(error)}`);
    else witness.said.push(`${error.message} ${error.hint ?? ""}`);
    const plan = process.approved;
    reconciled = { ...(plan && { plan }), error: isKeywrightError(error) ? error.code : "BUG" };
  }
  await process.ledger.close();
  process.isOver = true;
  witness.ended(process, reconciled.record);
  return reconciled;
}

async function planAndApply(
  process: SimulatedProcess,
  { makePlan, applyPlan }: Pipeline,
): Promise<Reconciled> {
  const world = worldOf(process);
  const { allowed } = process;
  const { plan } = await makePlan(world, { allowed });
  process.witness.approving(process, plan);
  if (isEmpty(plan)) return { plan };
  const leaseWaitMs = process.plan.waits ? LEASE_MS : 0;
  const options = { allowed, leaseWaitMs, holder: "a simulated reconciler" };
  return { plan, record: await applyPlan(plan, world, options) };
}

function worldOf(process: SimulatedProcess): World {
  const { universe, plan, id, clock } = process;
  const { seed, scenario } = universe.schedule;
  return {
    load: async () => {
      process.loaded = universe.desired;
      return loadedOf(universe.desired);
    },
    store: simulatedStore(process),
    sinks: new Map([...universe.sinks].map(([name, sink]) => [name, simulatedSink(process, name, sink)])),
    ledger: simulatedLedger(process),
    clock,
    random: new SeededRandom(seed, PROCESS_STREAMS + id),
    limits: {
      maxRevocations: scenario.maxRevocations,
      maxRevocationsPercent: 100,
      protectedKeys: [],
      // What no store tells, the configuration has to say.
      ownKeyIds: universe.store.ownKeyId === undefined ? [universe.store.adminKeyId] : [],
    },
    concurrency: plan.concurrency,
  };
}

const loaded = new WeakMap<DesiredState, LoadedManifests>();

function loadedOf(desired: DesiredState): LoadedManifests {
  let manifests = loaded.get(desired);
  if (!manifests) {
    const source = { type: "directory", location: "simulated" } as const;
    manifests = { desired, source, manifestDigest: digestOf(desired), notices: [] };
    loaded.set(desired, manifests);
  }
  return manifests;
}
