import { isKeywrightError } from "../../core/error.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import type { GitHubClient } from "../../http/github/github-client.ts";
import { AskOnce } from "./ask-once.ts";
import { explainMissing } from "./explain-missing.ts";
import type { GitHubPlace } from "./github-slot.ts";
import type { Repositories } from "./repositories.ts";

export interface PublicKey {
  readonly key_id: string;
  /** Base64. */
  readonly key: string;
}

/** The keys that values are sealed for, one for each holder of secrets. SINK_UNUSABLE, with the reason, where there is none. */
export interface PublicKeys {
  of(place: GitHubPlace): Promise<PublicKey>;
  /** Asks again: GitHub changes them now and then. */
  anew(place: GitHubPlace): Promise<PublicKey>;
}

export function createPublicKeys(github: GitHubClient, repositories: Repositories): PublicKeys {
  const keys = new AskOnce<PublicKey>();
  const ask = async (place: GitHubPlace): Promise<PublicKey> => {
    try {
      const { request, response } = await github.forHolder(place.holder).read(place.publicKeyPath);
      return parseAnswer(PUBLIC_KEY, response, request);
    } catch (error) {
      // What 404 means there.
      if (!isKeywrightError(error, "STORE_CONFLICT")) throw error;
      throw await explainMissing(place, github, repositories, error);
    }
  };
  return {
    of: (place) => keys.of(place.publicKeyPath, () => ask(place)),
    anew: (place) => keys.anew(place.publicKeyPath, () => ask(place)),
  };
}

const PUBLIC_KEY: SchemaOf<PublicKey> = Object.freeze({
  type: "object",
  required: ["key_id", "key"],
  properties: {
    key_id: { type: "string", minLength: 1, maxLength: 200 },
    key: { type: "string", minLength: 1, maxLength: 200 },
  },
});
