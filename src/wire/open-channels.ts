/** The ways to tell people that the configuration names, and the log. */

import type { CredentialRef, NoticeConfig } from "../config/config.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import type { Clock, NoticeChannel } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { createLogChannel } from "../notify/log.ts";
import { openChannel } from "../notify/open-channel.ts";
import type { OpenedChannel } from "../notify/opened-channel.ts";
import { printable } from "../report/printable.ts";
import { placeOf } from "./config-facts.ts";
import type { Project } from "./read-project.ts";

const clock: Clock = { now: () => new Date() };

/** Besides the log. Their credentials are read when somebody is to be told: one that is missing stands in no run's way. */
export const openConfigured = (
  { config, env }: Project,
  proxy: ProxySettings | undefined,
): readonly OpenedChannel[] => config.notify.map((channel) => openOne(channel, env, proxy));

export const openChannels = (
  project: Project,
  proxy: ProxySettings | undefined,
): readonly NoticeChannel[] => [
  createLogChannel({ warn: (facts, message) => project.logger.warn(facts, printable(message)) }),
  ...openConfigured(project, proxy),
];

function openOne(config: NoticeConfig, env: Project["env"], proxy: ProxySettings | undefined): OpenedChannel {
  const { name, events } = config;
  const terms = { clock, proxy };
  const read = (ref: CredentialRef) => () => resolveCredential(ref, env);
  switch (config.driver) {
    case "slack": {
      const options = { name, events, readAddress: read(config.webhook), place: placeOf(config.webhook) };
      return openChannel(config.driver, options, terms);
    }
    case "webhook": {
      const { url, secret } = config;
      const address =
        typeof url === "string"
          ? { readAddress: () => Promise.resolve(Secret.of(url)), place: `notify.${name}.url` }
          : { readAddress: read(url), place: placeOf(url) };
      const signing = { readSecret: read(secret), secretPlace: placeOf(secret) };
      return openChannel(config.driver, { name, events, ...address, ...signing }, terms);
    }
    case "email": {
      const { from, to, smtp } = config;
      return openChannel(
        config.driver,
        { name, events, from, to, readServer: read(smtp), place: placeOf(smtp) },
        terms,
      );
    }
  }
}
