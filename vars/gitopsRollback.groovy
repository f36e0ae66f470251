/** Returns an environment to a release that ran there before, with an approval where the environment asks for one. */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', env: 'ENV', all: 'ALL', toTag: 'TO_TAG', commit: 'COMMIT', override: 'OVERRIDE',
        publishBranch: 'PUBLISH_BRANCH', version: 'VERSION',
    ] + gitopsCli.common() + gitopsCli.waiting()
    gitopsCli.check('gitopsRollback', given, options.keySet() + gitopsCli.surroundings() + gitopsApproval.settings(), ['env', 'repo'])
    return gitopsApproval(caller: 'gitopsRollback', command: 'rollback', given: given, settings: gitopsCli.chosen(given, options))
}
