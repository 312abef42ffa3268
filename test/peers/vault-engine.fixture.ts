/** A KV engine of version 2: versions, check-and-set, soft deletion, destruction. As `vault-plugin-secrets-kv` behaves. */

export interface Version {
  readonly data: unknown;
  readonly createdTime: string;
  deletionTime: string;
  destroyed: boolean;
}

export interface Metadata {
  current: number;
  readonly versions: Map<number, Version>;
}

export type EngineAnswer = readonly [status: number, data?: unknown, errors?: readonly string[]];

const MAX_VERSIONS = 10;
const MAX_ENTRY_BYTES = 1024 * 1024;
const RACE = "check-and-set parameter did not match the current version";

export class VaultEngine {
  readonly secrets = new Map<string, Metadata>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Whether a write needs the capability `update` rather than `create`. */
  exists(path: string): boolean {
    return this.secrets.has(path);
  }

  read(path: string): EngineAnswer {
    const metadata = this.secrets.get(path);
    const version = metadata?.versions.get(metadata.current);
    if (!metadata || !version) return [404, undefined, []];
    const isGone = version.destroyed || version.deletionTime !== "";
    const found = { data: isGone ? null : version.data, metadata: this.#facts(metadata.current, version) };
    return [isGone ? 404 : 200, found];
  }

  write(path: string, data: unknown, options: { readonly cas?: number } | undefined): EngineAnswer {
    const metadata = this.secrets.get(path) ?? { current: 0, versions: new Map<number, Version>() };
    if (options?.cas !== undefined && options.cas !== metadata.current) return [400, undefined, [RACE]];
    if (JSON.stringify(data).length > MAX_ENTRY_BYTES)
      return [413, undefined, ["put failed due to value being too large"]];
    metadata.current += 1;
    const version = { data, createdTime: this.#now().toISOString(), deletionTime: "", destroyed: false };
    metadata.versions.set(metadata.current, version);
    metadata.versions.delete(metadata.current - MAX_VERSIONS);
    this.secrets.set(path, metadata);
    return [200, this.#facts(metadata.current, version)];
  }

  /** Of the newest version. */
  softDelete(path: string): EngineAnswer {
    const metadata = this.secrets.get(path);
    const version = metadata?.versions.get(metadata.current);
    if (version) version.deletionTime = this.#now().toISOString();
    return [204];
  }

  destroy(path: string, versions: readonly number[]): EngineAnswer {
    for (const number of versions) {
      const version = this.secrets.get(path)?.versions.get(number);
      if (version) version.destroyed = true;
    }
    return [204];
  }

  erase(path: string): EngineAnswer {
    this.secrets.delete(path);
    return [204];
  }

  #facts(number: number, { createdTime, deletionTime, destroyed }: Version): object {
    return {
      version: number,
      created_time: createdTime,
      deletion_time: deletionTime,
      destroyed,
      custom_metadata: null,
    };
  }
}
