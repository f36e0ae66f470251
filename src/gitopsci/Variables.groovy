package gitopsci

import com.cloudbees.groovy.cps.NonCPS

/** The environment variables, without their prefix, by which gitops-ci gets the arguments of a var. */
class Variables implements Serializable {
    /** The variable of an argument: ALLOW_OUT_OF_SYNC of allowOutOfSync. */
    @NonCPS
    static String name(String argument) {
        return argument.replaceAll('([A-Z])', '_$1').toUpperCase()
    }

    /** Those of the arguments `names` that were given, with their values. */
    @NonCPS
    static Map of(Map given, List names) {
        Map settings = [:]
        for (argument in names) {
            if (Arguments.isGiven(given[argument])) {
                settings[name(argument)] = given[argument]
            }
        }
        return settings
    }

    /** The words for the first value that no variable can hold; null where all can be held. */
    @NonCPS
    static String problem(Map settings) {
        for (name in settings.keySet()) {
            for (item in items(settings[name])) {
                String problem = problemOf(name.toString(), item.toString())
                if (problem) {
                    return problem
                }
            }
        }
        return null
    }

    /** The values as gitops-ci reads them: one a line where there are several. */
    @NonCPS
    static Map texts(Map settings) {
        Map texts = [:]
        for (name in settings.keySet()) {
            texts[name] = items(settings[name]).collect { it.toString() }.join('\n')
        }
        return texts
    }

    /** The variables with their prefix; an empty one would let the agent's own one show through. */
    @NonCPS
    static Map prefixed(String prefix, Map settings) {
        Map prefixed = [:]
        for (name in settings.keySet()) {
            if (settings[name]) {
                prefixed["${prefix}${name}".toString()] = settings[name]
            }
        }
        return prefixed
    }

    /** As the step withEnv takes them. */
    @NonCPS
    static List assignments(Map variables) {
        List assignments = []
        for (name in variables.keySet()) {
            assignments << "${name}=${variables[name]}".toString()
        }
        return assignments
    }

    @NonCPS
    private static List items(Object value) {
        return value instanceof List ? value : [value]
    }

    @NonCPS
    private static String problemOf(String name, String item) {
        // one value a line: a line break in one of them would make two
        if (name != 'REASON' && item.contains('\n')) {
            return "${name} has a line break: ${item}"
        }
        if (item.contains('\u0000')) {
            return "${name} has a NUL character"
        }
        // a process takes no longer variable
        if (item.length() > 30000) {
            return "${name} has ${item.length()} characters: at most 30000 can be given"
        }
        return null
    }
}
