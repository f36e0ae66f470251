/** Builds the image once, pushes it, and records it in a release file. */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', image: 'IMAGE', tag: 'TAG', pushed: 'PUSHED', digest: 'DIGEST', release: 'RELEASE', context: 'CONTEXT', file: 'FILE',
        engine: 'ENGINE', buildArg: 'BUILD_ARG', platform: 'PLATFORM', target: 'TARGET', engineOption: 'ENGINE_OPTION',
        buildOption: 'BUILD_OPTION', source: 'SOURCE', sourceUrl: 'SOURCE_URL', revision: 'REVISION', version: 'VERSION',
        branchName: 'BRANCH_NAME', buildNumber: 'BUILD_NUMBER', buildUrl: 'BUILD_URL', plainHttp: 'PLAIN_HTTP', caFile: 'CA_FILE',
        timeout: 'TIMEOUT', dryRun: 'DRY_RUN',
    ]
    gitopsCli.check('gitopsBuild', given, options.keySet() + ['registryCredentials', 'tool'], ['image'])
    if (!env.NODE_NAME) {
        error('gitopsBuild: call it inside node, where the source is checked out')
    }
    return gitopsCli.inNode(given, 'gitopsBuild', 'build', gitopsCli.chosen(given, options))
}
