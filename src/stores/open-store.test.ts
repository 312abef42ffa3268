import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { Secret } from "../core/secret.ts";
import { STORE_DRIVERS, openStore } from "./open-store.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00.000Z") };
const random = { bytes: (length: number) => randomBytes(length) };
const NOT_ASKED = (): Promise<never> => Promise.reject(new Error("not asked for"));

test("the table of drivers and the configuration's schema agree", async () => {
  const text = await readFile(new URL("../../schemas/config.schema.json", import.meta.url), "utf8");
  const schema = JSON.parse(text) as {
    properties: { store: { properties: { driver: { enum: string[] } } } };
  };
  expect(schema.properties.store.properties.driver.enum.toSorted()).toEqual(STORE_DRIVERS.toSorted());
});

test("a URL that is refused is refused before the credential is read", async () => {
  const settings = { driver: "keywright", url: "http://keys.example.com" } as const;
  const opening = openStore(settings, { clock, random, openEmbedded: NOT_ASKED, readCredential: NOT_ASKED });
  await expect(opening).rejects.toMatchObject({ code: "INPUT_INVALID" });
});

test("an in-process store that refuses its own token is closed again", async () => {
  let closed = 0;
  const embedded = {
    adminToken: Secret.of("kw_live_wrong"),
    inject: () => Promise.resolve({ status: 401, headers: {}, body: "" }),
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
  const settings = { driver: "embedded", directory: "somewhere" } as const;
  const opening = openStore(settings, {
    clock,
    random,
    openEmbedded: () => Promise.resolve(embedded),
    readCredential: NOT_ASKED,
  });
  await expect(opening).rejects.toMatchObject({ code: "STORE_UNAUTHORIZED" });
  expect(closed).toBe(1);
});
