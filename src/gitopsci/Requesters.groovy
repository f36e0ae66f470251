package gitopsci

/** Who asked for a build or for those that started it. What that means says the program. */
class Requesters implements Serializable {
    /** All who pressed the button, else what started the builds, in Jenkins' words. */
    static List of(Object build) {
        List people = []
        List causes = []
        for (each in [build] + build.upstreamBuilds) {
            for (cause in each.getBuildCauses()) {
                String words = "jenkins: ${cause._class}: ${cause.shortDescription}".readLines().join(' ')
                if (cause.userId instanceof String) {
                    people << cause.userId
                } else if (cause.userId != null) {
                    // nobody who logged in: no Groovy null, but an object that stands for it
                    people << words
                } else {
                    causes << words
                }
            }
        }
        return people ?: causes ?: ['jenkins']
    }
}
