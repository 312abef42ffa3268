/** What the API description says of a route beside its schemas. */
export interface Operation {
  /** Unique; clients name their methods after it. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** What comes with success when the route has no schema for it. Default: JSON. */
  readonly success?: { readonly status: number; readonly contentType?: string };
}

export const TAGS = {
  Keys: "API keys: making, editing, rotating, revoking, verifying.",
  Roles: "Custom roles: named sets of permissions.",
  "Security policy": "Rules for keys that are made from now on.",
  Users: "People, their roles and their personal tokens.",
  Secrets: "Values kept encrypted and never told again.",
  "IP allowlist": "From where the store may be called.",
  "Audit log": "What was done, by whom; a chain that shows when it was changed.",
  Notices: "Who was told of which expiry.",
  Store: "The store itself, its probes and figures.",
  Cortex: "The façade for clients of Cortex (cortex.io).",
  "Cortex Cloud": "The façade for clients of Palo Alto's Cortex Cloud.",
} as const;

export type Tag = keyof typeof TAGS;

/** By method and path as the description writes it: `GET /v1/keys/{id}`. */
export type Operations = Readonly<Record<string, Operation>>;
