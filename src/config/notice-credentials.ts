import type { CredentialRef, NoticeConfig } from "./config.ts";

/** What a channel is spoken to with. */
export function noticeCredentials(channel: NoticeConfig): readonly CredentialRef[] {
  switch (channel.driver) {
    case "slack":
      return [channel.webhook];
    case "webhook":
      return typeof channel.url === "string" ? [channel.secret] : [channel.url, channel.secret];
    case "email":
      return [channel.smtp];
  }
}
