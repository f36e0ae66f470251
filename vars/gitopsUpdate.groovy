import gitopsci.Arguments
import gitopsci.Requesters
import gitopsci.Variables

/** Writes the release that a build produced into an environment that takes builds directly (dev). */
Map call(Object given = [:]) {
    List options = [
        'app', 'env', 'tag', 'digest', 'image', 'release', 'allowOlder', 'override', 'publishBranch', 'version',
    ] + Arguments.common() + Arguments.waiting()
    gitopsCli.check('gitopsUpdate', given, options + Arguments.surroundings(), ['env', 'repo'])
    Map settings = Variables.of(given, options) + [REQUESTED_BY: Requesters.of(currentBuild)]
    return gitopsCli.inNode(given, 'gitopsUpdate', 'update', settings)
}
