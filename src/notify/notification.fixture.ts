import type { NoticeItem, Notification } from "../core/notification.ts";

export const anItem = (over: Partial<NoticeItem> = {}): NoticeItem => ({
  key: "altered/ApiKey/scanner/g3",
  message: "altered: scanner: not as it was applied: owner",
  hint: "review `keywright plan`",
  kind: "ApiKey",
  name: "scanner",
  id: "key_1",
  generation: 3,
  class: "altered",
  response: "report",
  ...over,
});

export const aNotification = (over: Partial<Notification> = {}): Notification => ({
  apiVersion: "keywright/v1",
  kind: "Notification",
  type: "drift-found",
  id: `sha256:${"0123456789abcdef".repeat(4)}`,
  instance: "acme",
  store: "https://keys.example",
  at: "2026-11-21T08:00:00.000Z",
  title: "acme: drift, 1 finding",
  items: [anItem()],
  ...over,
});
