const ADDRESS = /^https?:\/\/[^\s\p{Cc}]{1,500}$/u;
const REPOSITORY = /^[A-Za-z0-9_-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;
const NUMBER = /^\d{1,20}$/;

/** The page of the workflow's run that the environment is of, as GitHub Actions describes it; undefined: it is of none. */
export function runPage(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const {
    GITHUB_ACTIONS: isRun,
    GITHUB_SERVER_URL: server = "",
    GITHUB_REPOSITORY: repository = "",
    GITHUB_RUN_ID: id = "",
  } = env;
  const isWhole = ADDRESS.test(server) && REPOSITORY.test(repository) && NUMBER.test(id);
  return isRun === "true" && isWhole ? `${server}/${repository}/actions/runs/${id}` : undefined;
}
