import { expect, test } from "vitest";
import { isKeywrightError } from "../core/error.ts";
import { parseStoreUrl } from "./store-url.ts";

test.each([
  "https://keys.example.com",
  "https://keys.example.com:8443/prefix/",
  "http://127.0.0.1:4180",
  "http://localhost:4180",
  "http://[::1]:4180",
])("%s is a store's URL", (text) => {
  expect(parseStoreUrl(text).href).toContain(text);
});

test.each([
  ["keys.example.com", "not a URL"],
  ["http://keys.example.com", "over http://"],
  ["http://127.0.0.1.example.com", "over http://"],
  ["ftp://127.0.0.1", "over ftp://"],
  ["https://user:hunter2@keys.example.com", "holds a credential"],
  ["https://keys.example.com/?token=hunter2", "a query"],
  ["https://169.254.169.254/latest", "link-local"],
  ["https://[fe80::1]/", "link-local"],
  ["https://[::ffff:169.254.169.254]/", "link-local"],
  ["https://2852039166/", "link-local"],
])("G6: %s is refused, without repeating a secret", (text, why) => {
  let thrown: unknown;
  try {
    parseStoreUrl(text);
  } catch (error) {
    thrown = error;
  }
  expect(isKeywrightError(thrown, "INPUT_INVALID")).toBe(true);
  expect(String(thrown)).toContain(why);
  expect(String(thrown)).not.toContain("hunter2");
});
