/** How text becomes a file's content: as UTF-8, or encrypted with age (armored) for recipients. */

import { readFile, stat } from "node:fs/promises";
import { unusable, withSinkFaults } from "./sink-fault.ts";

export interface TextCodec {
  encode(text: string): Promise<string>;
  /** Absent where what was written cannot be read back. */
  readonly decode?: (content: Buffer, path: string) => Promise<string>;
}

export const plainCodec: TextCodec = {
  encode: async (text) => text,
  async decode(content, path) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    } catch (error) {
      throw unusable(`${path} is not UTF-8 text`, "mend that file or choose another path", error);
    }
  },
};

/**
 * Encrypts for age `recipients` (`age1…`). With `identityFile`, which holds the secret key of one of them, it
 * also decrypts. SINK_UNUSABLE when a recipient or the identity is no good. https://age-encryption.org/v1
 */
export async function openAgeCodec(
  recipients: readonly string[],
  identityFile: string | undefined,
): Promise<TextCodec> {
  const { armor, Decrypter, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const [index, recipient] of recipients.entries()) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      // Neither the text nor the cause, which quotes it, is told: it may be a secret key in the wrong place.
      throw unusable(`recipient ${index + 1} is no age public key`, "name what age-keygen prints: age1…");
    }
  }
  const encode = async (text: string): Promise<string> => armor.encode(await encrypter.encrypt(text));
  if (identityFile === undefined) return { encode };
  const identity = await readIdentity(identityFile, recipients);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return {
    encode,
    async decode(content, path) {
      try {
        return await decrypter.decrypt(armor.decode(content.toString("latin1")), "text");
      } catch (error) {
        const hint =
          "put back the identity it was encrypted for, or remove the file: its key is then rotated";
        throw unusable(`${path} cannot be decrypted with the identity in ${identityFile}`, hint, error);
      }
    },
  };
}

/** The secret key in an identity file as age-keygen writes it. It must belong to one of the recipients. */
async function readIdentity(path: string, recipients: readonly string[]): Promise<string> {
  const { identityToRecipient } = await import("age-encryption");
  const text = await withSinkFaults(path, async () => {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      throw unusable(`others may read or write ${path}`, `make it private: chmod 600 ${path}`);
    return readFile(path, "utf8");
  });
  const identities = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("AGE-SECRET-KEY-"));
  for (const identity of identities) {
    const recipient = await identityToRecipient(identity).catch(() => undefined);
    if (recipient !== undefined && recipients.includes(recipient)) return identity;
  }
  throw unusable(
    `${path} has no identity of one of this sink's recipients`,
    "add its public key to `recipients`",
  );
}
