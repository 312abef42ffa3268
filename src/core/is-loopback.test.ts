import { expect, test } from "vitest";
import { isLoopback } from "./is-loopback.ts";

test.each(["localhost", "::1", "[::1]", "127.0.0.1", "127.8.9.10"])("%s is this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "0.0.0.0", "::"])(
  "%s may be another machine",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
