import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** What stands for the declarative plug-in: runs a pipeline that the harness has read into a map. */
void run(Map pipeline) {
    for (option in (pipeline.options ?: [])) {
        if (option.name == 'disableConcurrentBuilds' || option.name == 'buildDiscarder') {
            echo("[option] ${option.name}")
        }
    }
    Map all = [skip: skips(pipeline, false), pipeline: pipeline]
    within(pipeline.options ?: []) {
        onAgent(pipeline.agent, all.skip) {
            withVariables(pipeline.environment ?: []) {
                afterwards(pipeline.post ?: [:]) {
                    stages(pipeline.stages, all.skip)
                }
            }
        }
    }
}

private boolean skips(Map part, boolean above) {
    boolean found = above
    for (option in (part.options ?: [])) {
        if (option.name == 'skipDefaultCheckout') {
            found = option.given.value != false
        }
    }
    return found
}

private void stages(List all, boolean skip) {
    for (each in all) {
        one(each, skip)
    }
}

private void one(Map given, boolean above) {
    boolean skip = skips(given, above)
    stage(given.name) {
        onAgent(given.agent, skip) {
            withVariables(given.environment ?: []) {
                if (!holds(given)) {
                    echo("Stage \"${given.name}\" skipped due to when conditional")
                } else {
                    within(given.options ?: []) {
                        afterwards(given.post ?: [:]) {
                            content(given, skip)
                        }
                    }
                }
            }
        }
    }
}

private void content(Map given, boolean skip) {
    if (given.steps) {
        given.steps()
    } else if (given.stages) {
        stages(given.stages, skip)
    } else {
        Map branches = [failFast: given.failFast == true]
        for (each in given.parallel) {
            Map part = each
            branches[part.name] = { -> one(part, skip) }
        }
        parallel(branches)
    }
}

/** A stage with `agent none` below an agent of the pipeline keeps that one. */
private void onAgent(Map agent, boolean skip, Closure body) {
    if (agent == null || agent.kind == 'none') {
        body()
        return
    }
    node(agent.label ?: '') {
        Map told = [:]
        if (!skip) {
            told = checkout(scm) ?: [:]
        }
        List variables = []
        for (name in told.keySet().collect { it }) {
            variables << "${name}=${told[name]}".toString()
        }
        withEnv(variables) {
            body()
        }
    }
}

private void withVariables(List all, Closure body) {
    if (!all) {
        body()
        return
    }
    Map first = all[0]
    List rest = all.drop(1)
    withEnv(["${first.name}=${first.value()}".toString()]) {
        withVariables(rest, body)
    }
}

private void within(List options, Closure body) {
    if (!options) {
        body()
        return
    }
    Map first = options[0]
    List rest = options.drop(1)
    if (first.name == 'timeout') {
        timeout(first.given) {
            within(rest, body)
        }
    } else {
        within(rest, body)
    }
}

private boolean holds(Map given) {
    return all(given.when ?: [])
}

private boolean all(List conditions) {
    for (each in conditions) {
        if (!fulfilled(each)) {
            return false
        }
    }
    return true
}

private boolean fulfilled(Map condition) {
    switch (condition.kind) {
        case 'not':
            return !all(condition.all)
        case 'changeRequest':
            return env.CHANGE_ID != null
        default:
            error("unknown condition ${condition.kind}")
    }
}

/** Runs the conditions of `post` after a body, as its result and the build's are then. */
private void afterwards(Map post, Closure body) {
    if (!post) {
        body()
        return
    }
    Throwable problem = null
    try {
        body()
    } catch (Throwable caught) {
        problem = caught
    }
    String result = problem == null ? currentBuild.currentResult : problem instanceof FlowInterruptedException ? 'ABORTED' : 'FAILURE'
    List wanted = ['always', result.toLowerCase()] + (result == 'SUCCESS' ? [] : ['unsuccessful']) + ['cleanup']
    for (name in wanted) {
        if (post[name]) {
            echo("[post] ${name}")
            Closure steps = post[name]
            steps()
        }
    }
    if (problem != null) {
        throw problem
    }
}

/** `script { }` in the steps of a stage. */
void script(Closure body) {
    body()
}
