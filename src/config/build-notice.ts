import { NOTICE_EVENTS } from "../core/notification.ts";
import type { CredentialRef, NoticeConfig } from "./config.ts";
import type { CredentialSpec, NoticeSpec } from "./config-file.ts";

/** What a credential in this field of the channel refers to. */
type BuildCredential = (spec: CredentialSpec, field: string) => CredentialRef;

/** Named by its driver and told of everything, unless it says otherwise. */
export function buildNotice(spec: NoticeSpec, build: BuildCredential): NoticeConfig {
  const { name = spec.driver, events = NOTICE_EVENTS } = spec;
  switch (spec.driver) {
    case "slack":
      return { driver: spec.driver, name, events, webhook: build(spec.webhook, "webhook") };
    case "webhook": {
      const url = typeof spec.url === "string" ? spec.url : build(spec.url, "url");
      return { driver: spec.driver, name, events, url, secret: build(spec.secret, "secret") };
    }
    case "email": {
      const { driver, from, to } = spec;
      return { driver, name, events, smtp: build(spec.smtp, "smtp"), from, to };
    }
  }
}
