import type { Finding } from "../core/check.ts";
import type { PlanFacts, ProjectFacts } from "../core/doctor-facts.ts";
import { startLook, type Looking } from "../reconcile/look.ts";
import { makePlan } from "../reconcile/make-plan.ts";
import { openWorld } from "./open-world.ts";
import type { ManifestReading, Project } from "./read-project.ts";

/** What must have been found before; `reading`: the manifests, which are not read again. */
export interface Looked extends Pick<ProjectFacts, "store" | "listing" | "sinks" | "ledger"> {
  readonly reading: Finding<ManifestReading>;
}

/** As `keywright plan` makes it. Undefined where something that it takes was not to be had: that is told already. */
export async function planForDoctor(
  project: Project,
  looked: Looked,
  looking: Looking,
): Promise<Finding<PlanFacts> | undefined> {
  const { reading } = looked;
  if ("fault" in reading || !reading.found.desired || !isWhole(looked)) return undefined;
  // Its issues are told by a check of their own.
  const manifests = { ...reading.found, issues: [] };
  const read: Project = { ...project, readManifests: () => Promise.resolve(manifests) };
  const look = startLook(looking, { code: "INTERRUPTED", hint: "`--limit` gives each part more seconds" });
  try {
    return await look.at(async (signal) => {
      const opened = await openWorld(read, signal);
      try {
        const { changes, blocked, violations } = (await makePlan(opened.asRead, { signal })).plan;
        return { changes, blocked, violations };
      } finally {
        await opened.close();
      }
    });
  } finally {
    look.end();
  }
}

function isWhole({ store, listing, sinks, ledger }: Looked): boolean {
  if ("fault" in store || !listing || "fault" in listing) return false;
  if ("fault" in ledger || "fault" in ledger.found.summary) return false;
  return [...sinks.values()].every((sink) => "found" in sink);
}
