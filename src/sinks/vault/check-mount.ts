import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import type { Exchange } from "../../http/api-client.ts";
import { encoded } from "./vault-place.ts";
import type { VaultEngine } from "./vault-secret.ts";

/**
 * Throws SINK_UNUSABLE unless there is a KV engine of version 2 at the mount. Version 1 takes the same requests for other
 * secrets, so it is never found out by writing. Asks as `vault kv` does; everybody with a right below the mount may.
 */
export async function checkMount({ api, mount }: VaultEngine): Promise<void> {
  const path = `/v1/sys/internal/ui/mounts/${encoded(mount)}`;
  const answer = await api.read(path, undefined, [404]).catch(unlessForbidden);
  if (answer?.response.status !== 200) {
    throw unusable(
      `There is no secrets engine at ${mount} that the token has a right to.`,
      `Check the mount in the configuration of the sink, its namespace, and the policies of the token.`,
    );
  }
  const { data } = parseAnswer(MOUNT, answer.response, answer.request);
  if (data.type !== "kv" || data.options?.version !== "2") {
    const what = data.type === "kv" ? "a KV engine of version 1" : "no KV engine";
    throw unusable(
      `At ${mount} is ${what}.`,
      "Name a mount of KV version 2: `vault secrets enable -path=… -version=2 kv`.",
    );
  }
  // A mount is found by any path below it; from another namespace its name comes first.
  if (`/${data.path}`.endsWith(`/${mount}/`)) return;
  throw unusable(
    `${mount} lies inside a mount, and is none itself.`,
    "Name the mount alone; the rest belongs to the path of the slot.",
  );
}

/** Vault says 403 of a mount that is not there, too; of a token that it does not accept, that is told as it is. */
function unlessForbidden(error: unknown): Exchange | undefined {
  if (isKeywrightError(error, "STORE_FORBIDDEN")) return undefined;
  throw error;
}

const unusable = (message: string, hint: string): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", message, { hint });

interface MountAnswer {
  readonly data: {
    readonly type: string;
    readonly path: string;
    readonly options?: { readonly version?: string } | null;
  };
}

const TEXT = { type: "string" };

const MOUNT: SchemaOf<MountAnswer> = Object.freeze({
  type: "object",
  required: ["data"],
  properties: {
    data: {
      type: "object",
      required: ["type", "path"],
      properties: {
        type: TEXT,
        path: TEXT,
        options: { type: ["object", "null"], properties: { version: TEXT } },
      },
    },
  },
});
