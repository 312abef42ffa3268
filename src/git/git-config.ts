/** Git's settings as names and values: read where they apply, and handed on without a trace in argv or on disk. */

import { type GitOptions, runGit } from "./git-process.ts";

/** As git writes the name: section and variable in lower case, what is between them as it was written. */
export type GitSetting = readonly [name: string, value: string];

/** Every setting that holds in the repository around a directory; outside of one, those of user and machine. */
export async function readGitConfig(options: GitOptions): Promise<readonly GitSetting[]> {
  const { output } = await runGit(["config", "--list", "-z"], options);
  const items = output.toString("utf8").split("\0").slice(0, -1);
  return items.map((item) => {
    const end = item.indexOf("\n");
    // A name without a value means yes.
    return end < 0 ? [item, "true"] : [item.slice(0, end), item.slice(end + 1)];
  });
}

/** What `settings` has besides `base`, in its order; a setting that stands twice counts twice. */
export function settingsBesides(
  base: readonly GitSetting[],
  settings: readonly GitSetting[],
): readonly GitSetting[] {
  const counts = new Map<string, number>();
  for (const setting of base) counts.set(setting.join("\0"), (counts.get(setting.join("\0")) ?? 0) + 1);
  return settings.filter((setting) => {
    const count = counts.get(setting.join("\0")) ?? 0;
    if (count > 0) counts.set(setting.join("\0"), count - 1);
    return count === 0;
  });
}

/** The environment in which git has `settings` after all others. */
export function withGitSettings(
  environment: Readonly<Record<string, string>>,
  settings: readonly GitSetting[],
): Record<string, string> {
  const first = Number(environment["GIT_CONFIG_COUNT"] ?? 0);
  const added = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, name],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return {
    ...environment,
    ...(Object.fromEntries(added) as Record<string, string>),
    GIT_CONFIG_COUNT: String(first + settings.length),
  };
}
