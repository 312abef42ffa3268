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
  ["what begins a hidden comment", "<!-- a -->", "`\\u{3c}!-- a -->`"],
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
  ["an address after a mark", "_www.a.b", "&#95;www&#8203;.a.b"],
  ["an advisory", "CVE-2026-1 ghsa-ab12", "CVE-&#8203;2026-1 ghsa-&#8203;ab12"],
  ["an emoji of GitHub's", ":shipit:", "&#58;&#8203;shipit:"],
  ["an abbreviated commit", "see 0a1b2c3", "see 0a1b2c&#8203;3"],
  ["a commit", "0123456789abcdef0123", "012345&#8203;6789ab&#8203;cdef01&#8203;23"],
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
  expect(markdownFence("diff", ["+ <!-- a -->"])).toBe("```diff\n+ \\u{3c}!-- a -->\n```\n");
});

test("G10: raw HTML shows text, not tags", () => {
  expect(htmlCode("<b>&\"'`")).toBe("<code>&#60;b&#62;&#38;&#34;&#39;&#96;</code>");
});
