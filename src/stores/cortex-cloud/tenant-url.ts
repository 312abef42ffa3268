const VENDOR = /(^|\.)paloaltonetworks\.(com|cn)$/;

/**
 * The address of a tenant's API from what people have: with or without scheme, trailing slash and, on the vendor's own
 * domain, `api-`. Any other host is taken as it stands. What is no address comes back as it is, to be refused elsewhere.
 */
export function tenantUrl(text: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(whole)) return text;
  const url = new URL(whole);
  if (VENDOR.test(url.hostname) && !url.hostname.startsWith("api-")) url.hostname = `api-${url.hostname}`;
  return url.href.replace(/\/+$/, "");
}
