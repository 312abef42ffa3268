import fc from "fast-check";
import { expect, test } from "vitest";
import { aNotification } from "./notification.fixture.ts";
import { renderMail } from "./render-mail.ts";
import { renderSlack } from "./render-slack.ts";

/** What could mean something to somebody, among anything. */
const someText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("```", "`", "<!channel>", "<", ">", "&", "@here", "\r\n", "\u2028", "*", "|", "🔑"),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

const someItems = fc.array(fc.record({ key: someText, message: someText, hint: someText }), {
  minLength: 1,
  maxLength: 30,
});

test("G10: whatever is told, a message for Slack is one block of code without a mention, a link or an end before its end", () => {
  fc.assert(
    fc.property(someItems, someText, someText, (items, store, title) => {
      const { text } = JSON.parse(renderSlack(aNotification({ items, store, title }))) as { text: string };
      expect(text.split("```")).toHaveLength(3);
      expect(text).not.toMatch(/[<>]|(?<![\w.])@here|&(?!amp;|lt;|gt;)/);
      expect(text.split("\n").length).toBe(Math.min(items.length, 15) + (items.length > 15 ? 1 : 0) + 5);
    }),
  );
});

test("A13: whatever is told, the subject of a mail is one line, and each line of its text is one of ours", () => {
  fc.assert(
    fc.property(someItems, someText, (items, title) => {
      const { subject, text } = renderMail(aNotification({ items, title }));
      expect(subject).not.toMatch(/[\r\n\u2028\u2029]/);
      expect(text.split(/[\r\n\u2028\u2029]/)).toHaveLength(2 + items.length * 2 + 6);
    }),
  );
});
