/** Runs a body on the agent that the pipeline has, or on one with `label`, given back at once. */
void call(Map given, Closure body) {
    if (env.NODE_NAME) {
        body()
        return
    }
    node(given.label ?: '') {
        body()
    }
}
