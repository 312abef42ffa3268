/** What a key may see, in the areas of Palo Alto Cortex Cloud (scope-based access control, `SBAC`). */

/** `no_scope`: nothing; `see_all`: everything; `scope`: what is listed; `any` (endpoints only): whatever has a group or tag. */
export type ScopeMode = "no_scope" | "see_all" | "scope" | "any";

/** Each area that is absent stays as it is in the store. Names and ids mean nothing by their order. */
export interface KeyScope {
  readonly assets?: { readonly mode: ScopeMode; readonly groupIds?: readonly number[] };
  readonly endpointGroups?: { readonly mode: ScopeMode; readonly names?: readonly string[] };
  readonly endpointTags?: { readonly mode: ScopeMode; readonly names?: readonly string[] };
  readonly casesIssues?: { readonly mode: ScopeMode; readonly names?: readonly string[] };
}
