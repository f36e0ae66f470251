/** Plans an operation on an agent, gives the agent back, asks, and carries out what was approved: for the vars of this library. */
Map call(Map work) {
    Map given = work.given
    if (env.NODE_NAME) {
        error("${work.caller}: call it outside node: it waits for people, and would hold the executor. In a declarative pipeline: " +
            'agent none at the top, and agent { ... } in the stages that build')
    }
    Map settings = work.settings + [REQUESTED_BY: gitopsCli.requester()]
    Map plan = gitopsCli.inNode(given, work.caller, "plan ${work.command}", settings)
    if (!plan.plan_id || given.dryRun) {
        return told(plan)
    }
    Map pending = plan.gates.find { it.state == 'pending' }
    Map answer = pending || given.approval ? asked(work, plan, pending) : [:]
    settings += [APPROVED_PLAN: plan.plan_id] + answer
    Map result = null
    locked(given, plan) {
        result = gitopsCli.inNode(given, work.caller, work.command, settings)
    }
    return told(result)
}

/** The arguments that these vars take for the approval and for what surrounds it. */
List settings() {
    return ['approval', 'lock', 'milestone']
}

private Map asked(Map work, Map plan, Map pending) {
    Map approval = work.given.approval ?: [:]
    gitopsCli.check("${work.caller}: approval", approval,
        ['submitter', 'timeout', 'unit', 'message', 'ok', 'id', 'reason'], [])
    String summary = described(plan)
    echo(summary)
    List fields = approval.reason || (pending && pending.reason.contains('reason')) ? [string(name: 'REASON', description: 'Why')] : []
    Object given = null
    timeout(time: approval.timeout ?: 24, unit: approval.unit ?: 'HOURS') {
        given = input(message: approval.message ?: summary, ok: approval.ok ?: 'Approve', submitter: submitter(approval, pending),
            submitterParameter: 'APPROVER', parameters: fields, id: approval.id ?: "gitops-${plan.plan_id.take(12)}")
    }
    String approver = given instanceof Map ? given.APPROVER : given
    if (!approver) {
        error("${work.caller}: Jenkins did not tell who approved, and ${plan.environment} needs a name: approve with the form of the build's " +
            'page (Paused for Input), not with the button of the stage view')
    }
    String reason = given instanceof Map ? given.REASON : null
    return [APPROVED_BY: approver] + (reason ? [REASON: reason] : [:])
}

private String submitter(Map approval, Map pending) {
    if (approval.submitter) {
        return approval.submitter instanceof List ? approval.submitter.join(',') : approval.submitter
    }
    List openers = pending ? pending.openers : []
    return openers.any { it.contains(' ') } ? '' : openers.join(',')
}

private String described(Map plan) {
    List lines = ["${plan.operation} to ${plan.environment}:"]
    for (app in plan.apps) {
        lines << "  ${app.app}: ${app.previous.tag ?: 'nothing'} -> ${app.release.tag}".toString()
        for (image in app.release.images) {
            lines << "    ${image.repository}:${image.tag}${image.digest ? '@' + image.digest : ''}".toString()
        }
    }
    for (gate in plan.gates) {
        lines << "  ${gate.gate}: ${gate.state}: ${gate.reason}".toString()
    }
    lines << "plan ${plan.plan_id}".toString()
    return lines.join('\n') + '\n' + plan.diff
}

private Map told(Map result) {
    currentBuild.displayName = "#${currentBuild.number} ${result.environment}${result.release ? ' ' + result.release.tag : ''}"
    currentBuild.description = result.message.readLines()[0]
    return result
}

private void locked(Map given, Map plan, Closure body) {
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
