/** Moves the release of one environment into the next: plan, approval where it is asked for, then the plan that was approved. */
Map call(Object given = [:]) {
    Map options = [
        app: 'APP', to: 'TO', from: 'FROM', all: 'ALL', tag: 'TAG', commit: 'COMMIT', release: 'RELEASE', override: 'OVERRIDE',
        revision: 'REVISION', source: 'SOURCE', publishBranch: 'PUBLISH_BRANCH', version: 'VERSION',
    ] + gitopsCli.common() + gitopsCli.waiting()
    gitopsCli.check('gitopsPromote', given, options.keySet() + gitopsCli.surroundings() + gitopsApproval.settings(), ['to', 'repo'])
    return gitopsApproval(caller: 'gitopsPromote', command: 'promote', given: given, settings: gitopsCli.chosen(given, options),
        planning: [CHANGELOG: true])
}
