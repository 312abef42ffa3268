/** A run dies at any operation, and the manifests change before the next one: nothing of either is left over. */

import { expect, test } from "vitest";
import { BASELINE_RECORD } from "../../src/core/baseline.ts";
import type { DesiredKey } from "../../src/core/desired.ts";
import { isEmpty } from "../../src/core/plan.ts";
import { aKey, consumerIsServed, createUniverse, type Fuse, type Universe } from "./memory-world.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const ADMIN = [{ type: "default", role: "ADMIN" }] as const;
const at = (...slots: readonly (readonly [string, string])[]): DesiredKey["deliverTo"] =>
  slots.map(([sink, path]) => ({ sink, path }));
const BOTH = at(["local", "a"], ["other", "a"]);
const FIRST = aKey("a", { deliverTo: at(["local", "a"]) });
const ROTATED = aKey("a", { deliverTo: at(["local", "a"]), roles: USER });
const KEPT = aKey("kept");

interface Story {
  readonly name: string;
  readonly blind?: boolean;
  readonly before?: readonly DesiredKey[];
  readonly during: readonly DesiredKey[];
  readonly after: readonly DesiredKey[];
}

const STORIES: readonly Story[] = [
  { name: "a first key is given up", during: [FIRST, KEPT], after: [KEPT] },
  { name: "a rotated key is given up", before: [FIRST, KEPT], during: [ROTATED, KEPT], after: [KEPT] },
  { name: "a rotation is taken back", before: [FIRST], during: [ROTATED], after: [FIRST] },
  {
    name: "a rotation goes further",
    before: [FIRST],
    during: [ROTATED],
    after: [{ ...FIRST, roles: ADMIN }],
  },
  { name: "a first key moves", during: [FIRST], after: [{ ...FIRST, deliverTo: at(["other", "b"]) }] },
  {
    name: "a rotation moves",
    before: [FIRST],
    during: [ROTATED],
    after: [{ ...ROTATED, deliverTo: at(["other", "b"]) }],
  },
  { name: "a slot is dropped", during: [{ ...FIRST, deliverTo: BOTH }], after: [FIRST] },
  {
    name: "a slot is dropped in a rotation",
    before: [{ ...FIRST, deliverTo: BOTH }],
    during: [{ ...ROTATED, deliverTo: BOTH }],
    after: [ROTATED],
  },
  {
    name: "a blind slot is dropped",
    blind: true,
    during: [{ ...FIRST, deliverTo: BOTH }],
    after: [FIRST],
  },
  {
    name: "a key is renamed",
    before: [FIRST],
    during: [ROTATED],
    after: [{ ...ROTATED, name: "b", previousNames: ["a"] }],
  },
  {
    name: "another key takes the slot",
    before: [FIRST],
    during: [ROTATED],
    after: [{ ...FIRST, name: "b" }],
  },
  { name: "a removal is taken back", before: [FIRST, KEPT], during: [KEPT], after: [FIRST, KEPT] },
  {
    name: "two keys swap their slots",
    before: [FIRST, aKey("b", { deliverTo: at(["local", "b"]) })],
    during: [{ ...FIRST, deliverTo: at(["local", "b"]) }, aKey("b", { deliverTo: at(["local", "a"]) })],
    after: [{ ...FIRST, deliverTo: at(["local", "b"]) }, aKey("b", { deliverTo: at(["local", "a"]) })],
  },
];

test.each(STORIES)("$name after a crash at any operation", async (story) => {
  const operations = await countOperations(story);
  expect(operations).toBeGreaterThan(3);
  for (let index = 0; index < operations; index += 1) {
    for (const when of ["before", "after"] as const) await tell(story, { at: index, when });
  }
});

async function prepare({ blind, before, during }: Story): Promise<Universe> {
  const universe = createUniverse("story", { blind: blind ?? false, allowed: ["a", "b"] });
  if (before) {
    universe.declare(...before);
    await universe.boot().run();
  }
  universe.declare(...during);
  return universe;
}

async function countOperations(story: Story): Promise<number> {
  const process = (await prepare(story)).boot();
  expect((await process.run())?.result).toBe("applied");
  return process.operations();
}

async function tell(story: Story, fuse: Fuse): Promise<void> {
  const where = `${story.name}, ${fuse.when} operation ${fuse.at}`;
  const universe = await prepare(story);
  await universe.boot(fuse).run();
  universe.declare(...story.after);
  for (let run = 0; run < 3; run += 1) await universe.boot().run();
  expect(isEmpty((await universe.boot().plan()).plan), where).toBe(true);
  await hasNoLeftovers(universe, story, where);
}

async function hasNoLeftovers(universe: Universe, story: Story, where: string): Promise<void> {
  const declared = new Set(story.after.flatMap(({ deliverTo }) => deliverTo.map(nameOf)));
  for (const slot of story.after.flatMap(({ deliverTo }) => deliverTo)) {
    expect(await consumerIsServed(universe, slot), where).toBe(true);
  }
  const everywhere = [...(story.before ?? []), ...story.during, ...story.after].flatMap(
    (key) => key.deliverTo,
  );
  for (const slot of everywhere) {
    const sink = universe.sinks.get(slot.sink);
    expect(sink?.peek(slot, "pending"), where).toBeUndefined();
    // What a blind sink holds can be neither seen nor taken back.
    if (declared.has(nameOf(slot)) || !sink?.capabilities.readable) continue;
    expect(sink.peek(slot), where).toBeUndefined();
  }
  const records = [...universe.history.table].filter(([, { record }]) => record).map(([name]) => name);
  const names = new Set(story.after.map(({ name }) => name));
  expect(
    records.filter((name) => !names.has(name) && name !== BASELINE_RECORD),
    where,
  ).toEqual([]);
  const active = (await universe.liveKeys()).filter(({ marker, status }) => marker && status === "active");
  for (const key of active) {
    const record = universe.history.table.get(key.marker?.name ?? "")?.record;
    const known = [record?.current, ...(record?.retiring ?? [])].map((each) => each?.operation);
    expect(known, where).toContain(key.marker?.operation);
  }
}

const nameOf = ({ sink, ...fields }: DesiredKey["deliverTo"][number]): string => `${sink} ${fields["path"]}`;
