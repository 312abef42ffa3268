/** What the doctor says of the configuration, the manifests and the schedule. */

import { count, failed, failedBy, ok, skipped, type Verdict, warning } from "./check.ts";
import type { ConfigFacts, DoctorFacts, ManifestFacts, ProjectFacts } from "./doctor-facts.ts";
import { HOUR_MS, renderSpan } from "./duration.ts";

type Named = readonly [name: string, verdict: Verdict];

export function configVerdicts({ config, node }: DoctorFacts): readonly Named[] {
  if ("fault" in config) return [["configuration", failedBy(config.fault)], nodeVerdict(node)];
  const { instance, store, ledger, sinks, proxy, channels = [] } = config.found;
  const what = `instance ${instance}, store ${store}, ledger ${ledger}, ${count(sinks, "sink")}`;
  return [
    ["configuration", ok(what)],
    nodeVerdict(node),
    ...channels.map(channelVerdict),
    ...(proxy === undefined ? [] : [["proxy", ok(`requests to the store go through ${proxy}`)] as const]),
  ];
}

/** No run fails by it. */
const channelVerdict = ({ name, fault }: NonNullable<ConfigFacts["channels"]>[number]): Named => [
  `notify ${name}`,
  fault
    ? warning(`people are not told by it: ${fault.message}`, fault.hint ?? "look at `notify`")
    : ok("what it is spoken to with is there"),
];

function nodeVerdict({ version, least }: DoctorFacts["node"]): Named {
  if (isAtLeast(version, least)) return ["node", ok(`Node ${version}`)];
  return ["node", failed(`Node ${version} is older than ${least}`, `install Node ${least} or later`)];
}

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

export function manifestVerdicts({ manifests }: ProjectFacts): readonly Named[] {
  if ("fault" in manifests) return [["valid", failedBy(manifests.fault)]];
  const { declared, isValid, issues } = manifests.found;
  const errors = issues.filter(({ severity }) => severity === "error").length;
  const counts = `${count(errors, "error")}, ${count(issues.length - errors, "warning")}`;
  const hint = "`keywright validate` shows each at its line";
  if (!isValid) return [["valid", failed(counts, hint)]];
  const parts = declared.flatMap(([noun, number]) => (number > 0 ? count(number, noun) : []));
  const what = parts.join(", ") || "nothing is declared";
  return [["valid", issues.length > 0 ? warning(`${what}; ${counts}`, hint) : ok(what)]];
}

/** Whether runs come often enough, and whether they come at all. */
export function scheduleVerdicts(config: ConfigFacts, project: ProjectFacts, now: Date): readonly Named[] {
  const { manifests } = project;
  const windows = "found" in manifests ? windowVerdict(config, manifests.found) : UNREAD;
  return [["drift", windows], ...keptVerdicts(config, project, now)];
}

const UNREAD = skipped("the manifests could not be read");

function windowVerdict({ drift }: ConfigFacts, { issues, shortestWindowMs }: ManifestFacts): Verdict {
  const slow = issues.filter(({ code }) => code.startsWith("CONFIG_SCHEDULE_"));
  const [first] = slow;
  if (first) {
    const message = `${count(slow.length, "key")} for which runs come too seldom: ${first.message}`;
    const hint = "`keywright validate` shows each";
    const isError = slow.some(({ severity }) => severity === "error");
    return isError ? failed(message, hint) : warning(message, hint);
  }
  const need = shortestWindowMs === undefined ? "" : renderSpan(shortestWindowMs);
  if (drift?.longestSilenceMs === Infinity) {
    return warning(`${drift.schedule} ${drift.timeZone} never comes again`, "write a schedule that does");
  }
  if (drift) {
    const pause = `${drift.schedule} ${drift.timeZone}, with pauses of at most ${renderSpan(drift.longestSilenceMs)}`;
    return ok(need ? `${pause}; the key with the least time has ${need} for its rotation` : pause);
  }
  if (!need) return ok("nobody says when runs come, and no key has to be rotated in time");
  return warning(
    `nobody says when runs come, and a key has only ${need} from when its rotation is due until it expires`,
    'say when `keywright apply` runs: drift: { schedule: "17 6 * * *" }; then `keywright validate` compares the two',
  );
}

/** A run that is a little late is no news. */
const LATE_MS = HOUR_MS;

function keptVerdicts({ drift }: ConfigFacts, { ledger }: ProjectFacts, now: Date): readonly Named[] {
  if (!drift || "fault" in ledger) return [];
  const { lastRun, lastCheck } = ledger.found;
  if ("fault" in lastRun || "fault" in lastCheck) return [];
  const times = [
    ...(lastRun.found ? [{ what: "run", ms: Date.parse(lastRun.found.startedAt) }] : []),
    ...(lastCheck.found ? [{ what: "check", ms: Date.parse(lastCheck.found.at) }] : []),
  ];
  const [last] = times.sort((a, b) => b.ms - a.ms);
  if (!last) return [["kept", skipped("there was no run yet")]];
  const ageMs = now.getTime() - last.ms;
  const message = `the last ${last.what} was ${renderSpan(ageMs)} ago`;
  if (ageMs <= drift.longestSilenceMs + LATE_MS) return [["kept", ok(message)]];
  const hint =
    "look whether whatever runs `keywright apply`, or looks for drift, on this schedule still does";
  return [["kept", warning(`${message}, longer than any pause of the schedule`, hint)]];
}
