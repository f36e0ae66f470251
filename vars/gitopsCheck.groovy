/** Records what a check said of the release in an environment, where the gate of the next one looks for it. */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', env: 'ENV', name: 'NAME', tag: 'TAG', commit: 'COMMIT', url: 'URL', report: 'REPORT', started: 'STARTED',
        buildUrl: 'BUILD_URL', repo: 'REPO', branch: 'BRANCH', timeout: 'TIMEOUT', caFile: 'CA_FILE', dryRun: 'DRY_RUN',
    ]
    gitopsCli.check('gitopsCheck', given, options.keySet() + gitopsCli.surroundings() + ['passed', 'plainHttp'], ['env', 'name', 'repo'])
    if (!(given.passed instanceof Boolean)) {
        error('gitopsCheck: give passed: true or passed: false')
    }
    Map settings = gitopsCli.chosen(given, options) + [(given.passed ? 'PASSED' : 'FAILED'): true, REQUESTED_BY: gitopsCli.requesters()]
    return gitopsCli.inNode(given, 'gitopsCheck', 'check', settings)
}
