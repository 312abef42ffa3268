import { expect, test } from "vitest";
import { isLinkLocal } from "./is-link-local.ts";

test.each(["169.254.169.254", "0xa9fea9fe", "[fe80::1]", "[febf::1]", "[::ffff:169.254.169.254]"])(
  "%s is link-local, with and without brackets",
  (host) => {
    const { hostname } = new URL(`https://${host}`);
    expect(isLinkLocal(hostname)).toBe(true);
    expect(isLinkLocal(hostname.replaceAll(/^\[|\]$/g, ""))).toBe(true);
  },
);

test.each(["169.255.0.1", "169.254.1.1.example.com", "[fec0::1]", "fe80.example.com"])(
  "%s is not",
  (host) => {
    expect(isLinkLocal(new URL(`https://${host}`).hostname)).toBe(false);
  },
);
