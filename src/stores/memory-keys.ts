import { keyDigest, last4Of } from "../core/key-format.ts";
import type { KeyScope } from "../core/key-scope.ts";
import type { KeyStatus, LiveKey, Marker } from "../core/live.ts";
import type { Clock } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";

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

type Content = Partial<
  Pick<
    LiveKey,
    "description" | "owner" | "labels" | "roles" | "expiresAt" | "securityLevel" | "scope" | "marker"
  >
> &
  Pick<LiveKey, "displayName">;

/** What is to change of a key. What is absent stays; an owner or a marker that is undefined goes; scopes are merged. */
export type Edit = Partial<Pick<LiveKey, "displayName" | "description" | "labels" | "roles" | "scope">> & {
  readonly owner?: string | undefined;
  readonly marker?: Marker | undefined;
};

/** How a store writes ids, values and instants, and what it tells. */
export interface KeyShape {
  readonly numbersKeys: boolean;
  readonly tellsLast4: boolean;
  readonly instantMs: number;
  /** Whether keys have a scope: a new one sees everything but what its request says. */
  readonly hasScopes: boolean;
}

const SEES_ALL: KeyScope = {
  assets: { mode: "see_all" },
  endpointGroups: { mode: "see_all" },
  endpointTags: { mode: "see_all" },
  casesIssues: { mode: "see_all" },
};

/** The keys of a store in memory, each a value that is replaced as a whole. */
export class MemoryKeys {
  readonly #clock: Clock;
  readonly #shape: KeyShape;
  readonly #keys = new Map<string, StoredKey>();
  #count = 0;

  constructor(clock: Clock, shape: KeyShape) {
    this.#clock = clock;
    this.#shape = shape;
  }

  /** What lets its bearer in as the next key to be added, given the secret that was made for it. */
  valueOf(secret: Secret): Secret {
    return this.#shape.numbersKeys ? Secret.of(`${this.#count + 1}:${secret.reveal()}`) : secret;
  }

  /** Active, unless `pending` says until when it waits for its first use. */
  add(
    secret: Secret,
    content: Content,
    pending: Pick<StoredKey, "operation" | "binding" | "pendingUntil"> = {},
  ): StoredKey {
    this.#count += 1;
    const { numbersKeys, tellsLast4, hasScopes } = this.#shape;
    const { expiresAt } = content;
    const key: LiveKey = {
      kind: "ApiKey",
      id: numbersKeys ? String(this.#count) : `key_${String(this.#count).padStart(6, "0")}`,
      displayName: content.displayName,
      description: content.description ?? "",
      ...(content.owner === undefined ? {} : { owner: content.owner }),
      labels: content.labels ?? {},
      roles: content.roles ?? [{ type: "default", role: "READ_ONLY" }],
      ...(tellsLast4 && { last4: last4Of(secret) }),
      createdAt: this.#instant(this.#clock.now().getTime()),
      ...(expiresAt === undefined ? {} : { expiresAt: this.#instant(Date.parse(expiresAt)) }),
      status: pending.pendingUntil === undefined ? "active" : "pending",
      securityLevel: content.securityLevel ?? "standard",
      ...(hasScopes && { scope: { ...SEES_ALL, ...content.scope } }),
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
  edit(id: string, edit: Edit): boolean {
    const stored = this.#keys.get(id);
    if (!stored || this.statusOf(stored) === "revoked") return false;
    const { owner, marker, ...key } = { ...stored.key, ...edit };
    const scope = key.scope && { ...stored.key.scope, ...key.scope };
    const edited: LiveKey = {
      ...key,
      ...(owner !== undefined && { owner }),
      ...(marker && { marker }),
      ...(scope && { scope }),
    };
    this.#put({ ...stored, key: structuredClone(edited) });
    return true;
  }

  revoke(id: string): void {
    const stored = this.#keys.get(id);
    if (stored) this.#put({ ...stored, isRevoked: true });
  }

  #instant(ms: number): string {
    return new Date(ms - (ms % this.#shape.instantMs)).toISOString();
  }

  #find(matches: (stored: StoredKey) => boolean): StoredKey | undefined {
    return [...this.#keys.values()].find(matches);
  }

  #put(stored: StoredKey): StoredKey {
    this.#keys.set(stored.key.id, stored);
    return stored;
  }
}
