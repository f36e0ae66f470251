import gitopsci.Arguments
import gitopsci.Variables

/** Shows what runs where in the log, and publishes the HTML report, with the HTML Publisher plug-in where it is there. */
Map call(Object given = [:]) {
    List options = [
        'app', 'env', 'repo', 'branch', 'timeout', 'caFile', 'plainHttp', 'argocd', 'argocdServer', 'insecure',
    ]
    gitopsCli.check('gitopsStatus', given, options + Arguments.surroundings() + ['report'], ['repo'])
    Map result = null
    gitopsAgent(given) {
        result = shown(given, Variables.of(given, options))
    }
    return result
}

private Map shown(Map given, Map settings) {
    Map result = gitopsCli.run(given, 'gitopsStatus', 'status', settings)
    if (given.report == false) {
        return result
    }
    String folder = 'gitops-report'
    gitopsCli.run(given, 'gitopsStatus', 'report', settings.findAll { it.key != 'ENV' } + [HTML: folder])
    try {
        publishHTML(target: [reportDir: folder, reportFiles: 'index.html', reportName: 'GitOps', keepAll: true, alwaysLinkToLastBuild: true,
            allowMissing: false])
    } catch (NoSuchMethodError ignored) {
        archiveArtifacts(artifacts: "${folder}/**")
    }
    return result
}
