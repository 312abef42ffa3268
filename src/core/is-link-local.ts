/** 169.254.0.0/16 and fe80::/10, also as IPv6 says IPv4. */
const LINK_LOCAL = /^(169\.254(\.\d{1,3}){2}|\[?(fe[89ab][0-9a-f]:|::ffff:a9fe:).*)$/;

/** Whether a host, as `URL` spells it, with or without brackets, is where clouds serve an instance's own credentials. */
export const isLinkLocal = (host: string): boolean => LINK_LOCAL.test(host);
