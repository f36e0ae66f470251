import gitopsci.Arguments
import gitopsci.Variables

/** Waits until Argo CD runs a release: at its commit or a later one that still has it, Synced and Healthy. */
Map call(Object given = [:]) {
    List options = [
        'app', 'env', 'all', 'commit', 'last', 'repo', 'branch', 'timeout', 'caFile',
    ] + Arguments.rollout()
    gitopsCli.check('gitopsWait', given, options + Arguments.surroundings() + ['plainHttp'], ['env', 'repo'])
    return gitopsCli.inNode(given, 'gitopsWait', 'wait', Variables.of(given, options))
}
