/** Build once, dev, stage, approval, prod: the whole flow in one call. */
Map call(Object given = [:]) {
    Map building = [image: 'image', context: 'context', file: 'file', engine: 'engine', buildArg: 'buildArg', buildOption: 'buildOption',
        engineOption: 'engineOption', platform: 'platform', tag: 'tag']
    List place = ['app', 'repo', 'branch', 'timeout', 'caFile', 'plainHttp', 'gitCredentials', 'registryCredentials', 'argocdCredentials', 'label', 'tool']
    List own = ['environments', 'tests', 'checks', 'approval', 'lock', 'reason']
    gitopsCli.check('gitopsPipeline', given, building.keySet() + place + own, ['app', 'image', 'repo'])
    List environments = given.environments ?: ['dev', 'stage', 'prod']
    Map common = given.subMap(place)
    Map result = null
    node(given.label ?: '') {
        stage('build') {
            checkout(scm)
            gitopsBuild(given.subMap(building.keySet() + ['app', 'timeout', 'caFile', 'plainHttp', 'registryCredentials', 'tool']) +
                [release: 'release.json'])
        }
        stage(environments[0]) {
            result = gitopsUpdate(common + [env: environments[0], release: 'release.json'])
            tested(given, common, environments[0], result)
        }
    }
    for (target in environments.drop(1)) {
        stage(target) {
            result = gitopsPromote(common + given.subMap(['lock', 'reason']) + approvalFor(given, target, environments) + [to: target])
            if (given.tests?.get(target) || given.checks?.get(target)) {
                node(given.label ?: '') {
                    checkout(scm)
                    tested(given, common, target, result)
                }
            }
        }
    }
    return result
}

/** The approval of the caller is meant for the last environment; the others ask when their policy does. */
private Map approvalFor(Map given, String target, List environments) {
    return given.approval && target == environments[-1] ? [approval: given.approval] : [:]
}

private void tested(Map given, Map common, String target, Map result) {
    Closure tests = given.tests?.get(target)
    if (tests) {
        tests()
    }
    Map checks = given.checks?.get(target) ?: [:]
    for (name in checks.keySet().collect { it }) {
        Closure body = checks[name]
        Map about = common + [env: target, name: name, tag: result.release?.tag]
        try {
            body()
        } catch (Exception problem) {
            gitopsCheck(about + [passed: false])
            throw problem
        }
        gitopsCheck(about + [passed: true])
    }
}
