/** Boards over many looks, several at once, and a board that cannot be reached. */

import { expect, test } from "vitest";
import type { NoticeBoard } from "../../src/core/ports.ts";
import type { Observed } from "../../src/core/telling/matter.ts";
import type { BoardContent } from "../../src/core/telling/standing.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { type NoticeFailure, tell } from "../../src/reconcile/tell.ts";
import { createUniverse } from "./memory-world.fixture.ts";

const seen = (...keys: readonly string[]): Observed => ({
  matters: keys.map((key) => ({ family: "drift", item: { key, message: `about ${key}` } })),
  isGone: () => true,
});

interface Wall {
  /** What the board says: keys. */
  says: string;
  /** What was asked of it: `a b | new | over`. */
  readonly asked: string[];
  /** Runs in the middle of the next showing, before it takes effect. */
  meanwhile: (content: BoardContent) => Promise<void>;
  look(...keys: readonly string[]): Promise<readonly NoticeFailure[]>;
}

const keysOf = (items: BoardContent["items"]): string => items.map(({ key }) => key).join(" ");

function aWall(): Wall {
  const universe = createUniverse("boards");
  const board: NoticeBoard = {
    isBoard: true,
    name: "board",
    events: ["drift"],
    show: async (content) => {
      const { items, found, over } = content;
      wall.asked.push(`${keysOf(items)} | ${keysOf(found)} | ${keysOf(over)}`);
      const { meanwhile } = wall;
      wall.meanwhile = () => Promise.resolve();
      await meanwhile(content);
      wall.says = keysOf(items);
      return items.length === 3 ? { remark: "not so well" } : {};
    },
  };
  const wall: Wall = {
    says: "",
    asked: [],
    meanwhile: () => Promise.resolve(),
    look: async (...keys) => {
      const ledger = openMemoryLedger(universe.history);
      try {
        const ports = { ledger, channels: [board], clock: universe.clock };
        return await tell(ports, { instance: "acme" }, seen(...keys));
      } finally {
        await ledger.close();
      }
    },
  };
  return wall;
}

test("a board that cannot be reached fails no run, is told, and says all of it at the next look", async () => {
  const wall = aWall();
  wall.meanwhile = () => Promise.reject(new Error("nobody answers"));
  expect(await wall.look("a")).toEqual([{ channel: "board", message: "nobody answers" }]);
  expect(wall.asked).toEqual(["a | a | "]);
  expect(await wall.look("a")).toEqual([]);
  expect(await wall.look()).toEqual([]);
  expect(wall.asked.slice(1)).toEqual(["a | a | ", " |  | a"]);
});

test("what a board could not do besides is told as such", async () => {
  expect(await aWall().look("a", "b", "c")).toEqual([
    { channel: "board", isSent: true, message: "not so well" },
  ]);
});

test("a look that shows less than another has shown meanwhile shows again, by what the ledger says", async () => {
  const wall = aWall();
  wall.meanwhile = async () => void (await wall.look("a", "b"));
  expect(await wall.look("a")).toEqual([]);
  expect(wall.says).toBe("a b");
  expect(wall.asked).toEqual(["a | a | ", "a b | b | ", "a b |  | "]);
});

test("of looks at once each new finding is new to the board once, and it ends with what stands", async () => {
  const wall = aWall();
  await Promise.all([wall.look("a", "b"), wall.look("a", "b"), wall.look("a", "b")]);
  expect(wall.says).toBe("a b");
  expect(wall.asked.filter((each) => each === "a b | a b | ")).toHaveLength(1);
});
