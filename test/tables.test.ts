/** The tables of drivers, the schema's enums and the README say the same. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LEDGER_DRIVERS } from "../src/ledger/open-ledger.ts";
import { readSchema } from "../src/schema.ts";
import { SINK_DRIVERS } from "../src/sinks/open-sink.ts";
import { STORE_DRIVERS } from "../src/stores/open-store.ts";
import { LEAST_NODE } from "../src/wire/diagnose-project.ts";
import { NOTICE_DRIVERS } from "../src/wire/open-channels.ts";

interface DriverEnum {
  readonly properties: { readonly driver: { readonly enum: readonly string[] } };
}

const { properties } = JSON.parse(readSchema("Config")) as {
  readonly properties: {
    readonly store: DriverEnum;
    readonly ledger: DriverEnum;
    readonly sinks: { readonly additionalProperties: DriverEnum };
    readonly notify: { readonly items: DriverEnum };
  };
};
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

const TABLES: readonly (readonly [string, readonly string[], DriverEnum])[] = [
  ["Stores", STORE_DRIVERS, properties.store],
  ["Sinks", Object.keys(SINK_DRIVERS), properties.sinks.additionalProperties],
  ["Ledger", Object.keys(LEDGER_DRIVERS), properties.ledger],
  ["Notices", NOTICE_DRIVERS, properties.notify.items],
];

test.each(TABLES)(
  "%s: the table, the schema and the README name the same drivers",
  (row, drivers, schema) => {
    const named = readme.split("\n").find((line) => new RegExp(`^\\| ${row} +\\|`).test(line)) ?? "";
    expect([...named.matchAll(/`([^`]+)`/g)].map(([, driver]) => driver)).toEqual(drivers);
    expect(schema.properties.driver.enum).toEqual(drivers);
  },
);

test("the doctor asks for the version of Node that the package does", () => {
  const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly engines: { readonly node: string };
  };
  expect(engines.node).toBe(`>=${LEAST_NODE}`);
});
