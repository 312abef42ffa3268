/** The ways to tell people that the configuration names, and the log. */

import type { CredentialRef, GitHubIssueNoticeConfig, NoticeConfig } from "../config/config.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import type { Clock, NoticeChannel } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { openRepository } from "../github/open-repository.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { createLogChannel } from "../notify/log.ts";
import { CHANNEL_DRIVERS, openChannel } from "../notify/open-channel.ts";
import type { OpenedChannel } from "../notify/opened-channel.ts";
import { printable } from "../report/printable.ts";
import { placeOf } from "./config-facts.ts";
import { openGitHubAuth } from "./open-github-auth.ts";
import { openIssueBoard } from "./open-issue-board.ts";
import type { Project } from "./read-project.ts";
import { runPage } from "./run-page.ts";

const clock: Clock = { now: () => new Date() };

/** Besides the log. Their credentials are read when somebody is to be told: one that is missing stands in no run's way. */
export const openConfigured = (
  project: Project,
  proxy: ProxySettings | undefined,
): readonly CheckedChannel[] => project.config.notify.map((channel) => openOne(channel, project, proxy));

export const openChannels = (
  project: Project,
  proxy: ProxySettings | undefined,
): readonly NoticeChannel[] => [
  createLogChannel({ warn: (facts, message) => project.logger.warn(facts, printable(message)) }),
  ...openConfigured(project, proxy),
  ...(project.channels ?? []),
];

type CheckedChannel = NoticeChannel & Pick<OpenedChannel, "check">;

function openOne(config: NoticeConfig, project: Project, proxy: ProxySettings | undefined): CheckedChannel {
  const { env } = project;
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
    case "github-issue":
      return openIssue(config, project, proxy);
  }
}

function openIssue(
  config: GitHubIssueNoticeConfig,
  { config: { instance, github }, env }: Project,
  proxy: ProxySettings | undefined,
): CheckedChannel {
  const { auth, repository, url } = config;
  const board = openIssueBoard({
    ...config,
    instance,
    runUrl: runPage(env),
    open: async (onSecret) =>
      openRepository({
        url,
        name: repository,
        auth: await openGitHubAuth(auth, env, onSecret),
        clock,
        appSlug: github?.checksBy,
        proxy,
        onToken: onSecret,
      }),
  });
  return { ...board, check: async () => void (await openGitHubAuth(auth, env, () => undefined)) };
}

/** Each driver of `notify` in `keywright.yaml`. */
export const NOTICE_DRIVERS: readonly NoticeConfig["driver"][] = [
  ...(Object.keys(CHANNEL_DRIVERS) as (keyof typeof CHANNEL_DRIVERS)[]),
  "github-issue",
];
