/** What stores change in place that others need a new key for. */

import { keyA, PUSH, stateOfKeys, USER, type Way } from "./way.ts";

const pushOf = (over: Parameters<typeof keyA>[0]): Way => ({
  states: [stateOfKeys(keyA()), stateOfKeys(keyA(over))],
  between: [PUSH],
});

export const IN_PLACE_WAYS: Readonly<Record<string, Way>> = {
  "other roles": pushOf({ roles: USER }),
  "another scope": pushOf({ scope: { assets: { mode: "scope", groupIds: [3] } } }),
  "another level": pushOf({ securityLevel: "advanced" }),
};
