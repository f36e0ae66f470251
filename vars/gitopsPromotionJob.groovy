import gitopsci.Arguments

/** The whole promotion job: reads APP, TO, TAG, REASON and DRY_RUN of its build, asks, and promotes. */
Map call(Object given = [:]) {
    List known = ['branch', 'timeout', 'caFile', 'plainHttp', 'from', 'skipCi'] + Arguments.surroundings() +
        gitopsApproval.settings() + Arguments.waiting()
    gitopsCli.check('gitopsPromotionJob', given, known + ['repo'], ['repo'])
    if (!params.TO) {
        error('gitopsPromotionJob: the parameter TO is missing: create this job with gitops-ci jobs apply, or give it the parameters ' +
            'APP, TO, TAG, REASON and DRY_RUN')
    }
    // whatever is not a plain no: a parameter of another type must not publish
    boolean dryRun = !(params.DRY_RUN == null || params.DRY_RUN.toString() in ['false', ''])
    return gitopsPromote(given + [app: params.APP, to: params.TO, tag: params.TAG, reason: params.REASON, dryRun: dryRun])
}
