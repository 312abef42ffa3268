import type { AllowlistEntry } from "../core/desired.ts";
import type { LiveAllowlist, LiveSecret } from "../core/live.ts";
import type { CreateSecretRequest, Minted, UpdateRequest } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { liveAllowlist } from "./live-allowlist.ts";
import { conflict, rejected } from "./memory-state.ts";

interface StoredSecret {
  readonly secret: LiveSecret;
  readonly value: Secret;
}

/** What lies beside the keys of a store in memory: secrets, and the IP allowlist. */
export class MemoryNeighbours {
  readonly #secrets = new Map<string, StoredSecret>();
  #allowlist: LiveAllowlist = liveAllowlist([]);
  #made = 0;

  secrets(): readonly LiveSecret[] {
    return [...this.#secrets.values()].map(({ secret }) => secret);
  }

  /** Whether or not the store would say so. */
  peekValue(tag: string): Secret | undefined {
    return [...this.#secrets.values()].find(({ secret }) => secret.tag === tag)?.value;
  }

  createSecret({
    tag,
    displayName,
    value,
  }: Omit<CreateSecretRequest, "kind">): Minted & { readonly id: string } {
    if (this.secrets().some((secret) => secret.tag === tag)) throw rejected(`the tag ${tag} is taken`);
    this.#made += 1;
    const id = `secret_${this.#made}`;
    this.#secrets.set(id, { secret: { kind: "Secret", id, tag, displayName }, value });
    return { id };
  }

  updateSecret({ id, displayName, value }: Extract<UpdateRequest, { kind: "Secret" }>): void {
    const stored = this.#secrets.get(id);
    if (!stored) throw conflict("there is no such secret");
    const secret = { ...stored.secret, ...(displayName !== undefined && { displayName }) };
    this.#secrets.set(id, { secret, value: value ?? stored.value });
  }

  revokeSecret(id: string): void {
    this.#secrets.delete(id);
  }

  allowlist(): LiveAllowlist {
    return this.#allowlist;
  }

  replaceAllowlist(entries: readonly AllowlistEntry[]): void {
    this.#allowlist = liveAllowlist(entries);
  }
}
