/** Why no TLS connection came about, by the codes of Node and OpenSSL. */

/** Why there is no way to the store, and what to do. */
export interface Reason {
  readonly what: string;
  readonly hint: string;
  /** Nothing is tried again for it. */
  readonly isLasting?: boolean;
}

export interface TlsHints {
  /** For a server that does not speak TLS. */
  readonly plain: string;
  /** For a certificate of another name. */
  readonly name: string;
}

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);
const WRONG_NAME = new Set(["ERR_TLS_CERT_ALTNAME_INVALID", "UND_ERR_PRX_TLS"]);
/** What OpenSSL says, by version, when the first bytes are not TLS. */
const NO_TLS = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
  "ERR_SSL_UNEXPECTED_MESSAGE",
]);

/** `who`: `key store at keys.example`. Undefined for a code that is not about TLS. */
export function tlsReason(code: string, who: string, hints: TlsHints): Reason | undefined {
  if (code === "CERT_HAS_EXPIRED") {
    return {
      what: `The certificate of the ${who} has expired (${code}).`,
      hint: "Whoever runs it has to renew it. If it is good elsewhere, set this machine's clock.",
    };
  }
  if (code === "CERT_NOT_YET_VALID") {
    return {
      what: `The certificate of the ${who} is not valid yet (${code}).`,
      hint: "Set this machine's clock.",
    };
  }
  if (UNTRUSTED.has(code)) {
    return {
      what: `The certificate of the ${who} comes from nobody that this machine trusts (${code}).`,
      hint: "If it is of an authority of your own, or of a proxy that looks inside, name that authority's certificate in NODE_EXTRA_CA_CERTS=/path/to/ca.pem.",
    };
  }
  if (WRONG_NAME.has(code))
    return { what: `The certificate of the ${who} is for another name (${code}).`, hint: hints.name };
  if (NO_TLS.has(code)) return { what: `The ${who} does not speak TLS (${code}).`, hint: hints.plain };
  if (!/^(ERR_SSL_|ERR_TLS_|CERT_)/.test(code)) return undefined;
  return {
    what: `The ${who} and this machine do not agree on TLS (${code}).`,
    hint: "Check what TLS versions and certificates the server asks for.",
  };
}
