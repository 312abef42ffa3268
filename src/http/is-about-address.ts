/**
 * Whether the text of a 403 is about where the request came from, and so says nothing of its key. An allowlist has a
 * permission of its own, which may be what is missing.
 */
export const isAboutAddress = (said: string): boolean =>
  /not on the (ip )?allow.?list/i.test(said) ||
  (/allow.?list|ip address/i.test(said) && !/permission/i.test(said));
