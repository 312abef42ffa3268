/** Load on a server's `POST /v1/verify`. */

import autocannon from "autocannon";

const CONNECTIONS = 16;

/**
 * Verifies the keys in turn, for `seconds` or `amount` times. Throws when an answer is not 200. Gives `{ rate, p99 }`, p99 in ms.
 */
export async function verifyLoad(url, { token, texts, seconds, amount }) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  let next = 0;
  const setupRequest = (request) => {
    next = (next + 1) % texts.length;
    return { ...request, body: `{"key":"${texts[next]}"}` };
  };
  const result = await autocannon({
    url: `${url}/v1/verify`,
    connections: CONNECTIONS,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    requests: [{ method: "POST", headers, body: "{}", setupRequest }],
  });
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${result.errors} errors and ${result.non2xx} answers other than 200`);
  }
  return { rate: result.requests.average, p99: result.latency.p99 };
}
