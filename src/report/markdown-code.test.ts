import { expect, test } from "vitest";
import { htmlCode, markdownCode, markdownFence } from "./markdown-code.ts";
import { markdownText } from "./markdown-text.ts";

test.each([
  ["plain", "a_b", "`a_b`"],
  ["nothing", "", '`""`'],
  ["a backtick inside", "a`b", "``a`b``"],
  ["backticks at the ends", "`a``", "``` `a`` ```"],
  ["blanks at the ends", " a ", "`  a  `"],
  ["a pipe, escaped or not", "a|b\\|c", "`a\\u{7c}b\\\\u{7c}c`"],
  ["a line end", "a\nb", "`a\\u{a}b`"],
])("G10: code shows %s as it is", (_, text, code) => {
  expect(markdownCode(text)).toBe(code);
});

test.each([
  ["a mention", "@octocat", "&#64;&#8203;octocat"],
  ["a team", "x@acme/admins", "x&#64;&#8203;acme/admins"],
  ["a reference", "acme/keys#12", "acme/keys&#35;&#8203;12"],
  ["a reference by words", "gh-12", "gh-&#8203;12"],
  ["an address", "https://a.b", "https&#58;&#8203;//a.b"],
  ["an address without scheme", "www.a.b", "www&#8203;.a.b"],
  ["a list's beginning", "1. x", "1&#46; x"],
  ["a heading's beginning", "# x", "&#35; x"],
  ["a tag", "<b>", "&#60;b&#62;"],
  ["an entity", "&lt;", "&#38;lt;"],
  ["a link", "[a](b)", "&#91;a&#93;(b)"],
  ["prose", "roles change: a, b; done.", "roles change: a, b; done."],
])("G10: prose cannot be %s", (_, text, markdown) => {
  expect(markdownText(text)).toBe(markdown);
});

test("G10: a fence is longer than what it holds", () => {
  expect(markdownFence("diff", ["a", "````"])).toBe("`````diff\na\n````\n`````\n");
});

test("G10: raw HTML shows text, not tags", () => {
  expect(htmlCode("<b>&\"'`")).toBe("<code>&#60;b&#62;&#38;&#34;&#39;&#96;</code>");
});
