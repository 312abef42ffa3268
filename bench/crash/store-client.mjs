/** What the bench itself asks of the store, past every proxy. */

/** `{ list, isValid, revokeAll }` for the keys of one owner. */
export function createStoreClient({ url, token }, owner) {
  const call = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`the store answered the bench ${response.status} at ${method} ${path}`);
    return response.status === 204 ? undefined : response.json();
  };
  const list = async (status) =>
    (await call("GET", `/v1/keys?owner=${owner}&status=${status}&limit=1000`)).keys;
  return {
    list,
    isValid: async (key) => (await call("POST", "/v1/verify", { key })).valid,
    revokeAll: async () => {
      for (const { id } of await list("pending,active")) await call("DELETE", `/v1/keys/${id}`);
    },
  };
}
