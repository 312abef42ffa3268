import type { Risk } from "./risk.ts";
import type { Succession } from "./succession.ts";

/** Requests that need no signature any longer, and a protection that ends. */
export function securityRisks({ change, live, record, isBegun }: Succession): readonly Risk[] {
  const { name, desired } = change;
  const isReplaced = change.action === "rotate" && !isBegun;
  const isPlain = isReplaced && live?.securityLevel === "advanced" && desired.securityLevel === "standard";
  const isExposed = record?.protected === true && !desired.protected;
  const messages = [
    ...(isPlain ? [`${name}: security level advanced → standard`] : []),
    ...(isExposed ? [`${name}: protected no longer`] : []),
  ];
  return messages.map((message) => ({ class: "security-weakened", kind: "ApiKey", name, message }));
}
