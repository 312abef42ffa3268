import { NOTICE_EVENTS, type NoticeEvent } from "../core/notification.ts";
import { buildAuth } from "./build-github.ts";
import type { CredentialRef, NoticeConfig } from "./config.ts";
import type { CredentialSpec, NoticeSpec } from "./config-file.ts";

/** What a credential at this path of the channel refers to. */
type BuildCredential = (spec: CredentialSpec, path: readonly string[]) => CredentialRef;

/** Of what stands for some time. */
export const BOARD_EVENTS: readonly NoticeEvent[] = ["drift", "run-failed"];

/** The one that issues are found by among others. */
export const ISSUE_LABELS: readonly string[] = ["keywright-drift"];

/** Named by its driver and told of everything that it can tell, unless it says otherwise. */
export function buildNotice(spec: NoticeSpec, build: BuildCredential): NoticeConfig {
  const { name = spec.driver, events = spec.driver === "github-issue" ? BOARD_EVENTS : NOTICE_EVENTS } = spec;
  switch (spec.driver) {
    case "slack":
      return { driver: spec.driver, name, events, webhook: build(spec.webhook, ["webhook"]) };
    case "webhook": {
      const url = typeof spec.url === "string" ? spec.url : build(spec.url, ["url"]);
      return { driver: spec.driver, name, events, url, secret: build(spec.secret, ["secret"]) };
    }
    case "email": {
      const { driver, from, to } = spec;
      return { driver, name, events, smtp: build(spec.smtp, ["smtp"]), from, to };
    }
    case "github-issue": {
      const { credential, app, labels = ISSUE_LABELS, ...rest } = spec;
      return { ...rest, name, events, auth: buildAuth({ credential, app }, build), labels };
    }
  }
}
