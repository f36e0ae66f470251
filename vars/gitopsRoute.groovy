import gitopsci.Arguments
import gitopsci.Variables

/** Says which environment the branch or tag that is built feeds: by a new build, or by the release that exists. */
Map call(Object given = [:]) {
    List options = [
        'app', 'all', 'branchName', 'tagName', 'revision', 'source', 'repo', 'branch', 'timeout', 'caFile',
    ]
    gitopsCli.check('gitopsRoute', given, options + Arguments.surroundings() + ['plainHttp'], ['repo'])
    return gitopsCli.inNode(given, 'gitopsRoute', 'route', Variables.of(given, options))
}
