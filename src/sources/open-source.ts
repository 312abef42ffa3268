import { access } from "node:fs/promises";
import { join } from "node:path";
import type { ManifestSource } from "../core/ports.ts";
import { createDirectorySource } from "./directory-source.ts";
import { isRemoteLocation } from "./git-location.ts";
import { createGitSource, type GitSourceOptions } from "./git-source.ts";

/**
 * Manifests from wherever `location` is: from Git for an address, a bare repository, or when a ref is asked for;
 * otherwise from the directory as it is on disk, even if it is a work tree.
 */
export async function openSource(options: GitSourceOptions): Promise<ManifestSource> {
  const { location, ref } = options;
  if (ref !== undefined || isRemoteLocation(location) || (await isBareRepository(location))) {
    return createGitSource(options);
  }
  return createDirectorySource(location);
}

const isBareRepository = async (path: string): Promise<boolean> => {
  const parts = ["HEAD", "objects", "refs"].map((name) => access(join(path, name)));
  return Promise.all(parts).then(
    () => true,
    () => false,
  );
};
