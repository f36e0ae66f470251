/** Waits until Argo CD runs a release: at its commit or a later one that still has it, Synced and Healthy. */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', env: 'ENV', all: 'ALL', commit: 'COMMIT', last: 'LAST',
        repo: 'REPO', branch: 'BRANCH', timeout: 'TIMEOUT', caFile: 'CA_FILE',
    ] + gitopsCli.waiting().findAll { it.key != 'wait' }
    gitopsCli.check('gitopsWait', given, options.keySet() + gitopsCli.surroundings() + ['plainHttp'], ['env', 'repo'])
    return gitopsCli.inNode(given, 'gitopsWait', 'wait', gitopsCli.chosen(given, options))
}
