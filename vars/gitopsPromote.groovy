import gitopsci.Arguments
import gitopsci.Variables

/** Moves the release of one environment into the next: plan, approval where it is asked for, then the plan that was approved. */
Map call(Object given = [:]) {
    List options = [
        'app', 'to', 'from', 'all', 'tag', 'commit', 'release', 'override', 'revision', 'source',
        'publishBranch', 'version',
    ] + Arguments.common() + Arguments.waiting()
    List known = options + Arguments.surroundings() + gitopsApproval.settings()
    gitopsCli.check('gitopsPromote', given, known, ['to', 'repo'])
    return gitopsApproval(caller: 'gitopsPromote', command: 'promote', given: given,
        settings: Variables.of(given, options), planning: [CHANGELOG: true])
}
