import gitopsci.Arguments
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Build once, dev, stage, approval, prod: the whole flow in one call, or the step of it that a branch or tag feeds. */
Map call(Object given = [:]) {
    List own = ['environments', 'routes', 'tests', 'checks', 'approval', 'lock', 'reason']
    gitopsCli.check('gitopsPipeline', given, building() + place() + own + Arguments.waiting(), ['app', 'image', 'repo'])
    if (given.routes && given.environments) {
        error('gitopsPipeline: give either environments: or routes: true: then gitops.yaml says what a branch or tag feeds')
    }
    if (env.NODE_NAME) {
        error('gitopsPipeline: call it outside node: it takes agents itself, and waits for people without one')
    }
    return given.routes ? routed(given) : straight(given)
}

private List building() {
    return ['image', 'context', 'file', 'engine', 'buildArg', 'buildOption', 'engineOption', 'platform', 'tag']
}

private List place() {
    return ['app', 'repo', 'branch', 'timeout', 'caFile', 'plainHttp'] + Arguments.surroundings()
}

/** How each environment is waited for: what is tested has to run there. */
private Map waiting(Map given) {
    return given.subMap(Arguments.waiting())
}

/** One build of the source moves through all environments. */
private Map straight(Map given) {
    List environments = given.environments ?: ['dev', 'stage', 'prod']
    Map common = given.subMap(place())
    Map result = null
    node(given.label ?: '') {
        stage('build') {
            checkout(scm)
            built(given)
        }
        stage(environments[0]) {
            result = updated(given, common, environments[0])
        }
    }
    for (target in environments.drop(1)) {
        stage(target) {
            // the release of this build, whatever the environment before runs by then
            result = promoted(given, common, target, [commit: result.commit], target == environments[-1])
        }
    }
    return result
}

/** The ref that is built feeds one environment: by a build, or by the release that was built from the same revision. */
private Map routed(Map given) {
    Map common = given.subMap(place())
    Map result = null
    node(given.label ?: '') {
        Map source = [:]
        stage('source') {
            source = checkout(scm) ?: [:]
            result = gitopsRoute(common + [revision: source.GIT_COMMIT])
        }
        if (result.operation == 'build') {
            stage('build') {
                built(given)
            }
            stage(result.environment) {
                result = updated(given, common, result.environment)
            }
        }
    }
    if (result.operation == 'promote') {
        stage(result.environment) {
            String version = env.TAG_NAME?.replaceFirst('^v(?=[0-9])', '')
            result = promoted(given, common, result.environment, [commit: result.commit, version: version], true)
        }
    }
    if (!result.environment) {
        echo("gitopsPipeline: ${result.message}: nothing is built, and nothing promoted")
    }
    return result
}

private void built(Map given) {
    gitopsBuild(given.subMap(building() + ['app', 'timeout', 'caFile', 'plainHttp', 'registryCredentials', 'tool']) +
        [release: 'release.json'])
}

private Map updated(Map given, Map common, String environment) {
    Map result = gitopsUpdate(common + waiting(given) + [env: environment, release: 'release.json'])
    tested(given, common, environment, result)
    return result
}

/** The approval of the caller is meant for the last environment; the others ask when their policy does. */
private Map promoted(Map given, Map common, String target, Map release, boolean last) {
    Map approval = given.approval && last ? [approval: given.approval] : [:]
    Map result = gitopsPromote(common + waiting(given) + given.subMap(['lock', 'reason']) + approval + release + [to: target])
    if (given.tests?.get(target) || given.checks?.get(target)) {
        node(given.label ?: '') {
            checkout(scm)
            tested(given, common, target, result)
        }
    }
    return result
}

private void tested(Map given, Map common, String target, Map result) {
    Closure tests = given.tests?.get(target)
    if (tests) {
        tests()
    }
    Map checks = given.checks?.get(target) ?: [:]
    for (name in checks.keySet().collect { it }) {
        Closure body = checks[name]
        Map about = common + [env: target, name: name, commit: result.commit]
        try {
            body()
        } catch (FlowInterruptedException stopped) {
            throw stopped // neither passed nor failed
        } catch (Exception problem) {
            gitopsCheck(about + [passed: false])
            throw problem
        }
        gitopsCheck(about + [passed: true])
    }
}
