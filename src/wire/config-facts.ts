import type { Config, CredentialRef } from "../config/config.ts";
import { createDriftSchedule } from "../config/drift-schedule.ts";
import { sinkCredentials } from "../config/sink-credentials.ts";
import type { ConfigFacts, CredentialUse } from "../core/doctor-facts.ts";
import { proxyFor, readProxySettings } from "../http/proxy.ts";
import type { Project } from "./read-project.ts";

/** What a diagnosis needs of the configuration. `now`: from when on the schedule is looked at. */
export function configFacts({ config, env }: Pick<Project, "config" | "env">, now: Date): ConfigFacts {
  const { store } = config;
  return {
    instance: config.instance,
    store: store.driver,
    ledger: config.ledger.driver,
    sinks: config.sinks.size,
    credentials: credentialUses(config),
    ...ownKeyOf(config),
    ...("url" in store && proxyFact(store.url, env)),
    ...driftFact(config, now),
  };
}

export const ownKeyOf = ({ guards }: Config): { readonly ownKeyId?: string } => {
  const [ownKeyId] = guards.ownKeyIds;
  return ownKeyId === undefined ? {} : { ownKeyId };
};

/** What is wrong with the proxy's address is told when the store is reached through it. */
function proxyFact(url: string, env: Project["env"]): { readonly proxy?: string } {
  try {
    const proxy = proxyFor(new URL(url), readProxySettings(env));
    return proxy ? { proxy: proxy.where } : {};
  } catch {
    return {};
  }
}

function driftFact({ drift }: Config, now: Date): Pick<ConfigFacts, "drift"> {
  if (!drift) return {};
  const { schedule, timezone: timeZone } = drift;
  const made = createDriftSchedule(schedule, timeZone);
  if (typeof made === "string") return {};
  return { drift: { schedule, timeZone, longestSilenceMs: made.longestSilence(now).ms } };
}

function credentialUses({ store, sinks, ledger }: Config): readonly CredentialUse[] {
  return [
    ...("credential" in store ? [{ user: "the store", place: placeOf(store.credential) }] : []),
    ...[...sinks].flatMap(([name, sink]) =>
      sinkCredentials(sink).map((ref) => ({ user: `sink ${name}`, place: placeOf(ref) })),
    ),
    ...("url" in ledger ? [{ user: "the ledger", place: placeOf(ledger.url) }] : []),
  ];
}

export const placeOf = (ref: CredentialRef): string =>
  ref.type === "env" ? `the environment variable ${ref.variable}` : `the file ${ref.path}`;
