import gitopsci.Variables

/** Builds the image once, pushes it, and records it in a release file. */
Map call(Object given = [:]) {
    List options = [
        'app', 'image', 'tag', 'pushed', 'digest', 'release', 'context', 'file', 'engine', 'buildArg',
        'platform', 'target', 'engineOption', 'buildOption', 'source', 'sourceUrl', 'revision', 'version',
        'branchName', 'buildNumber', 'buildUrl', 'plainHttp', 'caFile', 'timeout', 'dryRun',
    ]
    gitopsCli.check('gitopsBuild', given, options + ['registryCredentials', 'tool'], ['image'])
    if (!env.NODE_NAME) {
        error('gitopsBuild: call it inside node, where the source is checked out')
    }
    return gitopsCli.inNode(given, 'gitopsBuild', 'build', Variables.of(given, options))
}
