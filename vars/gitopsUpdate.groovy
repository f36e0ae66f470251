/** Writes the release that a build produced into an environment that takes builds directly (dev). */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', env: 'ENV', tag: 'TAG', digest: 'DIGEST', image: 'IMAGE', release: 'RELEASE', allowOlder: 'ALLOW_OLDER',
        override: 'OVERRIDE', publishBranch: 'PUBLISH_BRANCH', version: 'VERSION',
    ] + gitopsCli.common() + gitopsCli.waiting()
    gitopsCli.check('gitopsUpdate', given, options.keySet() + gitopsCli.surroundings(), ['env', 'repo'])
    return gitopsCli.inNode(given, 'gitopsUpdate', 'update', gitopsCli.chosen(given, options) + [REQUESTED_BY: gitopsCli.requesters()])
}
