import { keyDigest, last4Of } from "../core/key-format.ts";
import type { KeyStatus, LiveKey, Marker } from "../core/live.ts";
import type { Clock } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";

export interface StoredKey {
  /** Its `status` is what it was when it was stored; ask `statusOf`. */
  readonly key: LiveKey;
  readonly digest: string;
  /** Which operation made it; its marker may change later. */
  readonly operation?: string;
  /** What a repeated request must equal. */
  readonly binding?: string;
  /** Milliseconds of the epoch; absent when it is active. */
  readonly pendingUntil?: number;
  readonly isRevoked: boolean;
}

type Content = Partial<Pick<LiveKey, "description" | "owner" | "labels" | "roles" | "expiresAt" | "marker">> &
  Pick<LiveKey, "displayName">;

type Description = Pick<LiveKey, "displayName" | "description" | "owner" | "labels"> & {
  readonly marker: Marker;
};

/** The keys of a store in memory, each a value that is replaced as a whole. */
export class MemoryKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, StoredKey>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Active, unless `pending` says until when it waits for its first use. */
  add(
    secret: Secret,
    content: Content,
    pending: Pick<StoredKey, "operation" | "binding" | "pendingUntil"> = {},
  ): StoredKey {
    this.#count += 1;
    const id = `key_${String(this.#count).padStart(6, "0")}`;
    const key: LiveKey = {
      kind: "ApiKey",
      id,
      displayName: content.displayName,
      description: content.description ?? "",
      ...(content.owner === undefined ? {} : { owner: content.owner }),
      labels: content.labels ?? {},
      roles: content.roles ?? [{ type: "default", role: "READ_ONLY" }],
      last4: last4Of(secret),
      createdAt: this.#clock.now().toISOString(),
      ...(content.expiresAt === undefined ? {} : { expiresAt: new Date(content.expiresAt).toISOString() }),
      status: pending.pendingUntil === undefined ? "active" : "pending",
      securityLevel: "standard",
      ...(content.marker === undefined ? {} : { marker: content.marker }),
    };
    return this.#put({ key: structuredClone(key), digest: keyDigest(secret), ...pending, isRevoked: false });
  }

  /** All that are not revoked, with their status of now. */
  live(): readonly LiveKey[] {
    return [...this.#keys.values()].flatMap((stored) => {
      const status = this.statusOf(stored);
      return status === "revoked" ? [] : [{ ...stored.key, status }];
    });
  }

  /** All that ever were, revoked ones included, oldest first. */
  all(): Iterable<StoredKey> {
    return this.#keys.values();
  }

  byOperation(operation: string): StoredKey | undefined {
    return this.#find((stored) => stored.operation === operation);
  }

  bySecret(secret: Secret): StoredKey | undefined {
    const digest = keyDigest(secret);
    return this.#find((stored) => stored.digest === digest);
  }

  /** A PENDING key that nobody used in time counts as revoked. */
  statusOf({ isRevoked, pendingUntil, key }: StoredKey): KeyStatus | "revoked" {
    const now = this.#clock.now().getTime();
    if (isRevoked || (pendingUntil !== undefined && pendingUntil <= now)) return "revoked";
    if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= now) return "expired";
    return pendingUntil === undefined ? "active" : "pending";
  }

  /** Activates it if it is PENDING; its status afterwards. */
  use(stored: StoredKey): "active" | "expired" | "revoked" {
    const status = this.statusOf(stored);
    if (status !== "pending") return status;
    const { pendingUntil: _, ...rest } = stored;
    this.#put({ ...rest, key: { ...stored.key, status: "active" } });
    return "active";
  }

  /** False when it is not there or revoked. */
  describe(id: string, { displayName, description, owner, labels, marker }: Description): boolean {
    const stored = this.#keys.get(id);
    if (!stored || this.statusOf(stored) === "revoked") return false;
    const { owner: _, ...rest } = stored.key;
    const owned = owner === undefined ? {} : { owner };
    const key = structuredClone({ ...rest, displayName, description, ...owned, labels, marker });
    this.#put({ ...stored, key });
    return true;
  }

  revoke(id: string): void {
    const stored = this.#keys.get(id);
    if (stored) this.#put({ ...stored, isRevoked: true });
  }

  #find(matches: (stored: StoredKey) => boolean): StoredKey | undefined {
    return [...this.#keys.values()].find(matches);
  }

  #put(stored: StoredKey): StoredKey {
    this.#keys.set(stored.key.id, stored);
    return stored;
  }
}
