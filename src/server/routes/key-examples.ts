/**
 * Samples that run as they are, for a key's level ("View Examples", seed 002). The secret comes from the environment
 * and is never in one.
 */

export interface KeyExample {
  readonly language: "curl" | "python" | "node";
  readonly title: string;
  readonly code: string;
}

export interface ExampleKey {
  readonly securityLevel: "standard" | "advanced";
  readonly number: number;
}

/** `baseUrl` stands in the code as it is: it must have passed `parseBaseUrl`. */
export function buildExamples({ securityLevel, number }: ExampleKey, baseUrl: string): readonly KeyExample[] {
  if (securityLevel === "standard") {
    return [
      { language: "curl", title: "Who am I, with curl", code: standardCurl(baseUrl) },
      { language: "python", title: "Who am I, with Python 3", code: standardPython(baseUrl) },
      { language: "node", title: "Who am I, with Node (an .mjs file)", code: standardNode(baseUrl) },
    ];
  }
  return [
    { language: "curl", title: "Not with an Advanced key", code: NO_CURL },
    { language: "python", title: "List the API keys, with Python 3", code: advancedPython(baseUrl, number) },
    {
      language: "node",
      title: "List the API keys, with Node (an .mjs file)",
      code: advancedNode(baseUrl, number),
    },
  ];
}

const BASE_URL = /^https?:\/\/([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/;

/** Undefined unless it is a scheme, a host and a port, so that it ends no string in any of the languages. */
export const parseBaseUrl = (text: string): string | undefined => (BASE_URL.test(text) ? text : undefined);

const standardCurl = (
  baseUrl: string,
): string => `# Set KEYWRIGHT_API_KEY to the key. It travels on standard input, where no list of processes shows it.
printf 'Authorization: Bearer %s\\n' "$KEYWRIGHT_API_KEY" |
  curl --fail --silent --show-error --header @- --write-out '\\n%{http_code}\\n' \\
    "\${KEYWRIGHT_URL:-${baseUrl}}/v1/store"
`;

const standardPython = (
  baseUrl: string,
): string => `# Set KEYWRIGHT_API_KEY to the key. Needs nothing but Python 3.
import json
import os
import urllib.request

url = os.environ.get("KEYWRIGHT_URL", "${baseUrl}")
request = urllib.request.Request(
    url + "/v1/store",
    headers={"Authorization": "Bearer " + os.environ["KEYWRIGHT_API_KEY"]},
)
with urllib.request.urlopen(request, timeout=30) as response:
    print(json.dumps(json.load(response), indent=2))
    print(response.status)
`;

const standardNode = (
  baseUrl: string,
): string => `// Set KEYWRIGHT_API_KEY to the key. Needs nothing but Node 20.
import { env, stdout } from "node:process";

const url = env.KEYWRIGHT_URL ?? "${baseUrl}";
const response = await fetch(url + "/v1/store", {
  headers: { authorization: "Bearer " + env.KEYWRIGHT_API_KEY },
  redirect: "error",
});
const text = await response.text();
if (!response.ok) throw new Error(response.status + " " + text);
stdout.write(text + "\\n" + response.status + "\\n");
`;

const NO_CURL = `# Each request needs a signature of its own: SHA-256 of the key, a nonce that was never used, and the time.
# curl cannot make one. Use Python or Node, or make a Standard key.
`;

const advancedPython = (
  baseUrl: string,
  number: number,
): string => `# Set KEYWRIGHT_API_KEY to the key. Needs nothing but Python 3, and the permission "View API keys".
import hashlib
import json
import os
import secrets
import string
import time
import urllib.request

key = os.environ["KEYWRIGHT_API_KEY"]
url = os.environ.get("KEYWRIGHT_URL", "${baseUrl}")
# Both anew for every request, also when it is tried again.
nonce = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(64))
timestamp = str(time.time_ns() // 1_000_000)
request = urllib.request.Request(
    url + "/public_api/v1/api_keys/get_api_keys",
    method="POST",
    data=json.dumps({"request_data": {"filters": []}}).encode(),
    headers={
        "Content-Type": "application/json",
        "x-xdr-auth-id": "${number}",
        "x-xdr-nonce": nonce,
        "x-xdr-timestamp": timestamp,
        "Authorization": hashlib.sha256((key + nonce + timestamp).encode()).hexdigest(),
    },
)
with urllib.request.urlopen(request, timeout=30) as response:
    print(json.dumps(json.load(response), indent=2))
    print(response.status)
`;

const advancedNode = (
  baseUrl: string,
  number: number,
): string => `// Set KEYWRIGHT_API_KEY to the key. Needs nothing but Node 20, and the permission "View API keys".
import { createHash, randomInt } from "node:crypto";
import { env, stdout } from "node:process";

const key = env.KEYWRIGHT_API_KEY;
const url = env.KEYWRIGHT_URL ?? "${baseUrl}";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// Both anew for every request, also when it is tried again.
const nonce = Array.from({ length: 64 }, () => letters[randomInt(62)]).join("");
const timestamp = String(Date.now());
const response = await fetch(url + "/public_api/v1/api_keys/get_api_keys", {
  method: "POST",
  body: JSON.stringify({ request_data: { filters: [] } }),
  headers: {
    "content-type": "application/json",
    "x-xdr-auth-id": "${number}",
    "x-xdr-nonce": nonce,
    "x-xdr-timestamp": timestamp,
    authorization: createHash("sha256").update(key + nonce + timestamp).digest("hex"),
  },
  redirect: "error",
});
const text = await response.text();
if (!response.ok) throw new Error(response.status + " " + text);
stdout.write(text + "\\n" + response.status + "\\n");
`;
