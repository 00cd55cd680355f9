import assert from "node:assert/strict";
import { ciLinks } from "../../../../canary/driver/ciLinks";

describe("ciLinks", () => {
    const SHA = "4f2c9a1be0d34c5a8f7e6d5c4b3a29181716f5e4";

    it("links to the commit, the pull request and the run in GitHub Actions", () => {
        const env = {
            GITHUB_ACTIONS: "true",
            GITHUB_SERVER_URL: "https://github.com",
            GITHUB_REPOSITORY: "acme/web",
            GITHUB_SHA: SHA,
            GITHUB_RUN_ID: "77",
        };
        const commit = {
            name: "commit 4f2c9a1be0d3",
            url: `https://github.com/acme/web/commit/${SHA}`,
        };
        const run = { name: "run 77", url: "https://github.com/acme/web/actions/runs/77" };
        assert.deepEqual(ciLinks({ ...env, GITHUB_REF: "refs/heads/main" }), [commit, run]);
        assert.deepEqual(ciLinks({ ...env, GITHUB_REF: "refs/pull/12/merge" }), [
            commit,
            { name: "pull request 12", url: "https://github.com/acme/web/pull/12" },
            run,
        ]);
    });

    it("links to the commit, the merge request and the pipeline in GitLab CI", () => {
        const project = "https://gitlab.example/acme/web";
        const links = ciLinks({
            CI_PROJECT_URL: project,
            CI_COMMIT_SHA: SHA,
            CI_MERGE_REQUEST_PROJECT_URL: project,
            CI_MERGE_REQUEST_IID: "3",
            CI_PIPELINE_URL: `${project}/-/pipelines/9`,
            CI_PIPELINE_ID: "9",
        });
        assert.deepEqual(
            links.map(({ url }) => url.slice(project.length)),
            [`/-/commit/${SHA}`, "/-/merge_requests/3", "/-/pipelines/9"],
        );
    });

    it("is empty elsewhere, and drops an address that is no plain URL", () => {
        assert.deepEqual(ciLinks({}), []);
        const url = "https://token:x@gitlab.example/a";
        assert.deepEqual(ciLinks({ CI_PROJECT_URL: url, CI_COMMIT_SHA: SHA }), []);
        assert.deepEqual(ciLinks({ CI_PIPELINE_URL: "javascript:alert(1)" }), []);
    });
});
