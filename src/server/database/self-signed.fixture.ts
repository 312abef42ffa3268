/** A certificate authority of one: a key and the certificate that it has signed for itself, in PEM. */

import { type KeyObject, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const ECDSA_SHA256 = "06082a8648ce3d040302";
const COMMON_NAME = "0603550403";
const ALTERNATIVE_NAMES = "0603551d11";

/** For the host, valid from yesterday to tomorrow. */
export function createSelfSigned(host: string): { readonly key: string; readonly certificate: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const content = buildContent(host, publicKey);
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, algorithm(), tagged(0x03, Buffer.of(0), signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

function buildContent(host: string, publicKey: KeyObject): Buffer {
  const name = sequence(
    tagged(0x31, sequence(Buffer.from(COMMON_NAME, "hex"), tagged(0x0c, Buffer.from(host)))),
  );
  const names = sequence(tagged(0x82, Buffer.from(host)));
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.of(1), randomBytes(8)),
    algorithm(),
    name,
    sequence(instant(-1), instant(1)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(sequence(Buffer.from(ALTERNATIVE_NAMES, "hex"), tagged(0x04, names)))),
  );
}

const algorithm = (): Buffer => sequence(Buffer.from(ECDSA_SHA256, "hex"));

/** UTCTime, some days from now. */
function instant(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return tagged(0x17, Buffer.from(text.slice(2)));
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);

/** DER: a tag, the length, the content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const sized = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...sized), content]);
}
