/** Links to the commit, the pull request and the run, from the variables that a CI system sets. */
import type { Link } from "../analysis/record/record";

type Environment = Readonly<Record<string, string | undefined>>;

/** Empty outside GitHub Actions and GitLab CI. */
export function ciLinks(env: Environment): Link[] {
    const links = env.GITHUB_ACTIONS === "true" ? githubLinks(env) : gitlabLinks(env);
    return links.flatMap(({ name, url }) =>
        url !== undefined && /^https?:\/\/[^\s@]+$/.test(url) ? [{ name, url }] : [],
    );
}

interface Found {
    readonly name: string;
    readonly url: string | undefined;
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
function githubLinks(env: Environment): Found[] {
    const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_RUN_ID, GITHUB_REF } = env;
    const at = (place: string, value: string | undefined) =>
        value && GITHUB_SERVER_URL && GITHUB_REPOSITORY
            ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/${place}/${value}`
            : undefined;
    const pull = /^refs\/pull\/(\d+)\//.exec(GITHUB_REF ?? "")?.[1];
    return [
        { name: commitName(GITHUB_SHA), url: at("commit", GITHUB_SHA) },
        { name: `pull request ${pull}`, url: at("pull", pull) },
        { name: `run ${GITHUB_RUN_ID}`, url: at("actions/runs", GITHUB_RUN_ID) },
    ];
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function gitlabLinks(env: Environment): Found[] {
    const { CI_PROJECT_URL, CI_COMMIT_SHA, CI_PIPELINE_URL, CI_PIPELINE_ID } = env;
    const { CI_MERGE_REQUEST_PROJECT_URL, CI_MERGE_REQUEST_IID } = env;
    const at = (project: string | undefined, place: string, value: string | undefined) =>
        project && value ? `${project}/-/${place}/${value}` : undefined;
    return [
        { name: commitName(CI_COMMIT_SHA), url: at(CI_PROJECT_URL, "commit", CI_COMMIT_SHA) },
        {
            name: `merge request ${CI_MERGE_REQUEST_IID}`,
            url: at(CI_MERGE_REQUEST_PROJECT_URL, "merge_requests", CI_MERGE_REQUEST_IID),
        },
        { name: `pipeline ${CI_PIPELINE_ID}`, url: CI_PIPELINE_URL },
    ];
}

function commitName(sha = ""): string {
    return `commit ${sha.slice(0, 12)}`;
}
