import type { KeyStore } from "../core/ports.ts";

/**
 * A store that nobody waits for once `deadline` has aborted. What is under way then has an unknown outcome, as after
 * any silence: the next run finds out. What was not sent is INTERRUPTED.
 */
export function untilDeadline(store: KeyStore, deadline: AbortSignal): KeyStore {
  const either = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([signal, deadline]) : deadline;
  return {
    identity: store.identity,
    capabilities: store.capabilities,
    ownKeyId: store.ownKeyId,
    list: (kind, signal, wanted) => store.list(kind, either(signal), wanted),
    create: (request, signal) => store.create(request, either(signal)),
    update: (request, signal) => store.update(request, either(signal)),
    revoke: (request, signal) => store.revoke(request, either(signal)),
    verify: (secret, signal) => store.verify(secret, either(signal)),
    examine: (needs, signal) => store.examine(needs, either(signal)),
    close: () => store.close(),
  };
}
