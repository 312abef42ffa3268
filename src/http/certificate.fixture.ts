/** Certificates for TLS servers of tests, made by openssl: each signs itself. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The certificate's file, for NODE_EXTRA_CA_CERTS; gone when the test is over. */
  readonly file: string;
}

const openssl = (...args: readonly string[]) => promisify(execFile)("openssl", args);

/** `names` as openssl writes them: `DNS:keys.example`. `days` of validity; -1: it has expired. */
export async function makeCertificate(names: readonly string[], days = 2): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-certificate-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const at = (name: string): string => join(directory, name);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=test", "-addext", `subjectAltName=${names.join(",")}`];
  await openssl("req", ...curve, ...subject, "-keyout", at("key"), "-out", at("request"));
  const signing = ["-signkey", at("key"), "-copy_extensions", "copy", "-days", String(days)];
  await openssl("x509", "-req", "-in", at("request"), ...signing, "-out", at("cert"));
  const [key, cert] = await Promise.all([readFile(at("key"), "utf8"), readFile(at("cert"), "utf8")]);
  return { key, cert, file: at("cert") };
}
