import gitopsci.Arguments
import gitopsci.Requesters
import gitopsci.Variables

/** Records what a check said of the release in an environment, where the gate of the next one looks for it. */
Map call(Object given = [:]) {
    List options = [
        'app', 'env', 'name', 'tag', 'commit', 'url', 'report', 'started', 'buildUrl', 'repo', 'branch',
        'timeout', 'caFile', 'dryRun',
    ]
    List known = options + Arguments.surroundings() + ['passed', 'plainHttp']
    gitopsCli.check('gitopsCheck', given, known, ['env', 'name', 'repo'])
    if (!(given.passed instanceof Boolean)) {
        error('gitopsCheck: give passed: true or passed: false')
    }
    Map settings = Variables.of(given, options) +
        [(given.passed ? 'PASSED' : 'FAILED'): true, REQUESTED_BY: Requesters.of(currentBuild)]
    return gitopsCli.inNode(given, 'gitopsCheck', 'check', settings)
}
