/** The name of the check run that a pull request's plan leaves at its commit. */
export const planCheckName = (instance: string): string => `keywright plan (${instance})`;
