import gitopsci.Requesters

/** Plans an operation on an agent, gives the agent back, asks, and carries out what was approved: for the vars of this library. */
Map call(Map work) {
    Map given = work.given
    checked(work, given)
    if (env.NODE_NAME) {
        error("${work.caller}: call it outside node: it waits for people, and would hold the executor. In a declarative pipeline: " +
            'agent none at the top, and agent { ... } in the stages that build')
    }
    Map settings = work.settings + [REQUESTED_BY: Requesters.of(currentBuild)]
    Map plan = [:]
    Map result = [:]
    gitopsAgent(given) {
        plan = gitopsCli.run(given, work.caller, "plan ${work.command}", settings + (work.planning ?: [:]))
        if (!question(given, plan) && !held(given)) {
            // nobody is asked: judged again by the command itself, on the agent that is there already
            result = given.dryRun ? plan : gitopsCli.run(given, work.caller, work.command, settings)
        }
    }
    if (result) {
        return told(result)
    }
    Map answer = question(given, plan) ? asked(work, plan) : [:]
    guarded(given, plan) {
        gitopsAgent(given) {
            result = gitopsCli.run(given, work.caller, work.command, settings + answer)
        }
    }
    return told(result)
}

/** The arguments that these vars take for the approval and for what surrounds it. */
List settings() {
    return ['approval', 'lock', 'milestone']
}

private void checked(Map work, Map given) {
    if (given.approval) {
        gitopsCli.check("${work.caller}: approval", given.approval,
            ['submitter', 'timeout', 'unit', 'message', 'ok', 'id', 'reason'], [])
    }
}

/** Tells whether somebody has to be asked: the policy wants it, or the pipeline does. */
private boolean question(Map given, Map plan) {
    return !given.dryRun && plan.plan_id && (given.approval || pending(plan))
}

private boolean held(Map given) {
    return !given.dryRun && (given.lock || given.milestone)
}

private Map pending(Map plan) {
    return plan.gates.find { it.state == 'pending' }
}

private Map asked(Map work, Map plan) {
    Map approval = work.given.approval ?: [:]
    Map waiting = pending(plan)
    boolean why = approval.reason || plan.gates.any { it.asks.contains('reason') }
    List fields = why ? [string(name: 'REASON', defaultValue: work.settings.REASON ?: '', description: 'Why: it is recorded in the commit')] : []
    String text = approval.message ? "${approval.message}\n\n${plan.summary}" : plan.summary
    Object given = null
    timeout(time: approval.timeout ?: 24, unit: approval.unit ?: 'HOURS') {
        given = input(message: text, ok: approval.ok ?: 'Approve', submitter: submitter(approval, waiting),
            submitterParameter: 'APPROVER', parameters: fields, id: approval.id ?: "gitops-${plan.plan_id.take(12)}")
    }
    String approver = given instanceof Map ? given.APPROVER : given
    if (!approver) {
        error("${work.caller}: Jenkins did not tell who approved, and ${plan.environment} needs a name: approve with the form of the build's " +
            'page (Paused for Input), not with a button of a view or of the log; or update the Input Step plug-in')
    }
    String reason = given instanceof Map ? given.REASON : null
    return [APPROVED_PLAN: plan.plan_id, APPROVED_BY: approver] + (reason ? [REASON: reason] : [:])
}

private String submitter(Map approval, Map waiting) {
    if (approval.submitter) {
        return approval.submitter instanceof List ? approval.submitter.join(',') : approval.submitter
    }
    List openers = waiting ? waiting.openers : []
    return openers.any { it.contains(' ') } ? '' : openers.join(',')
}

private Map told(Map result) {
    currentBuild.displayName = "#${currentBuild.number} ${result.environment}${result.release ? ' ' + result.release.tag : ''}"
    currentBuild.description = result.message.readLines()[0]
    return result
}

/** Runs the body behind a milestone and in a lock where they are wanted: what is overtaken ends before it queues for the lock. */
private void guarded(Map given, Map plan, Closure body) {
    if (given.milestone) {
        milestone()
    }
    if (!given.lock) {
        body()
        return
    }
    String name = given.lock == true ? "gitops-${plan.environment}-${plan.apps.collect { it.app }.sort().join('-')}" : given.lock
    lock(resource: name) {
        body()
    }
}
