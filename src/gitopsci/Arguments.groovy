package gitopsci

import com.cloudbees.groovy.cps.NonCPS

/** The arguments that several vars take, and what is wrong with those that a caller gave. */
class Arguments implements Serializable {
    /** What every var that changes an environment takes. */
    @NonCPS
    static List common() {
        return [
            'repo', 'branch', 'timeout', 'caFile', 'plainHttp', 'reason', 'buildUrl', 'skipCi', 'dryRun',
        ]
    }

    /** How long and for what Argo CD is waited for. */
    @NonCPS
    static List rollout() {
        return [
            'level', 'waitTimeout', 'stable', 'patience', 'poll', 'sync', 'allowOutOfSync', 'parent',
            'argocdServer', 'insecure',
        ]
    }

    /** As `rollout`, for a var that waits only where it is told to. */
    @NonCPS
    static List waiting() {
        return ['wait'] + rollout()
    }

    /** Where and as whom a var works. */
    @NonCPS
    static List surroundings() {
        return [
            'gitCredentials', 'registryCredentials', 'argocdCredentials', 'argocdServer', 'label', 'tool',
        ]
    }

    /** The words for the first argument that is unknown or missing; null where all are right. */
    @NonCPS
    static String problem(String caller, Object given, List known, List needed) {
        if (!(given instanceof Map)) {
            String example = needed.collect { "${it}: ..." }.join(', ')
            return "${caller} takes named arguments, such as ${caller}(${example})"
        }
        for (name in given.keySet()) {
            if (!known.contains(name)) {
                return "${caller}: the argument ${name} is not known: ${hint(name.toString(), known)}"
            }
        }
        for (name in needed) {
            if (!isGiven(given[name])) {
                return "${caller}: the argument ${name} is missing"
            }
        }
        if (known.contains('tool') && given.tool) {
            List sources = ['index', 'source', 'wheelhouse', 'home']
            return problem("${caller}: tool".toString(), given.tool, sources, [])
        }
        return null
    }

    /** False, an empty text and an empty list mean the same as no argument. */
    @NonCPS
    static boolean isGiven(Object value) {
        return value != null && value != false && value.toString() != '' && value != []
    }

    @NonCPS
    private static String hint(String name, List known) {
        String close = Spelling.nearest(name, known)
        return close ? "did you mean ${close}?" : "known are ${known.unique().sort().join(', ')}"
    }
}
