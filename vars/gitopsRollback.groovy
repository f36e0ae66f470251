import gitopsci.Arguments
import gitopsci.Variables

/** Returns an environment to a release that ran there before, with an approval where the environment asks for one. */
Map call(Object given = [:]) {
    List options = [
        'app', 'env', 'all', 'toTag', 'commit', 'override', 'publishBranch', 'version',
    ] + Arguments.common() + Arguments.waiting()
    List known = options + Arguments.surroundings() + gitopsApproval.settings()
    gitopsCli.check('gitopsRollback', given, known, ['env', 'repo'])
    return gitopsApproval(caller: 'gitopsRollback', command: 'rollback', given: given,
        settings: Variables.of(given, options))
}
