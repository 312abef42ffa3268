import { expect, test } from "vitest";
import { createLogChannel } from "./log.ts";
import { aNotification, anItem } from "./notification.fixture.ts";

test("the log has a line for each key that is listed, and one for those that are not", async () => {
  const lines: string[] = [];
  const channel = createLogChannel({ warn: (_facts, message) => void lines.push(message) });
  await channel.tell(aNotification({ type: "key-expiring", items: [anItem({ message: "a expires" })] }));
  await channel.tell(
    aNotification({ type: "key-expiring", items: [anItem({ message: "b expires" })], more: 7 }),
  );
  expect(lines).toEqual(["a expires", "b expires", "7 more API keys expire: see keywright status"]);
});
