import { expect, test } from "vitest";
import { NOTIFICATION_TYPES, type NotificationType } from "../notification.ts";
import { buildNotification, type TellingItem } from "./build-notification.ts";
import { toldOf } from "./told.ts";

const NOW = new Date("2026-11-21T08:00:00Z");
const anItem = (key: string): TellingItem => ({
  item: { key, message: `about ${key}` },
  entry: { since: 1 },
});

const titleOf = (type: NotificationType, count: number): string =>
  buildNotification(type, ["a", "b"].slice(0, count).map(anItem), { instance: "acme", now: NOW }).title;

test("each type has a title for one and for several", () => {
  const types = Object.keys(NOTIFICATION_TYPES) as NotificationType[];
  expect(types.map((type) => [titleOf(type, 1), titleOf(type, 2)])).toEqual([
    ["acme: about a", "acme: 2 API keys expire"],
    ["acme: drift, 1 finding", "acme: drift, 2 findings"],
    ["acme: drift is over, 1 finding", "acme: drift is over, 2 findings"],
    ["acme: 1 thing could not be done", "acme: 2 things could not be done"],
    ["acme: 1 thing done after all", "acme: 2 things done after all"],
    ["acme: about a", "acme: 2 leaked keys replaced and revoked"],
  ]);
});

test("a notification says of what, where and when, and its id follows from what it is about alone", () => {
  const base = { instance: "acme", store: "https://keys.example", now: NOW };
  const one = buildNotification("drift-found", [anItem("a")], base);
  expect(one).toEqual({
    apiVersion: "keywright/v1",
    kind: "Notification",
    type: "drift-found",
    id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    instance: "acme",
    store: "https://keys.example",
    at: "2026-11-21T08:00:00.000Z",
    title: "acme: drift, 1 finding",
    items: [{ key: "a", message: "about a" }],
  });
  const idOf = (type: NotificationType, key: string, since: number, instance = "acme"): string =>
    buildNotification(type, [{ ...anItem(key), entry: { since } }], { instance, now: new Date(0) }).id;
  expect(idOf("drift-found", "a", 1)).toBe(one.id);
  const others = [
    idOf("drift-recovered", "a", 1),
    idOf("drift-found", "b", 1),
    idOf("drift-found", "a", 2),
    idOf("drift-found", "a", 1, "other"),
  ];
  expect(new Set([one.id, ...others]).size).toBe(5);
});

test("a ledger that remembers nothing has told nothing", () => {
  expect(toldOf(new Map())).toEqual({ matters: {} });
});
