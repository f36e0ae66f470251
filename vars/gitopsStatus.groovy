/** Shows what runs where in the log, and publishes the HTML report, with the HTML Publisher plug-in where it is there. */
Map call(Object given = [:]) {
    Map options = [app: 'APP', env: 'ENV', repo: 'REPO', branch: 'BRANCH', timeout: 'TIMEOUT', caFile: 'CA_FILE', plainHttp: 'PLAIN_HTTP',
        argocd: 'ARGOCD', argocdServer: 'ARGOCD_SERVER', insecure: 'INSECURE']
    gitopsCli.check('gitopsStatus', given, options.keySet() + gitopsCli.surroundings() + ['report'], ['repo'])
    Map result = null
    gitopsCli.onAgent(given) {
        result = shown(given, gitopsCli.chosen(given, options))
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
