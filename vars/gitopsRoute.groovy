/** Says which environment the branch or tag that is built feeds: by a new build, or by the release that exists. */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', all: 'ALL', branchName: 'BRANCH_NAME', tagName: 'TAG_NAME', revision: 'REVISION', source: 'SOURCE',
        repo: 'REPO', branch: 'BRANCH', timeout: 'TIMEOUT', caFile: 'CA_FILE',
    ]
    gitopsCli.check('gitopsRoute', given, options.keySet() + gitopsCli.surroundings() + ['plainHttp'], ['repo'])
    return gitopsCli.inNode(given, 'gitopsRoute', 'route', gitopsCli.chosen(given, options))
}
