package gitopsci

import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonSlurper

/** Reads JSON into maps and lists that Jenkins can save: those of the slurper are lazy and cannot be. */
class Json implements Serializable {
    @NonCPS
    static Object parse(String text) {
        return plain(new JsonSlurper().parseText(text))
    }

    @NonCPS
    private static Object plain(Object value) {
        if (value instanceof Map) {
            Map copy = [:]
            for (key in value.keySet()) {
                copy[key] = plain(value[key])
            }
            return copy
        }
        if (value instanceof List) {
            List copy = []
            for (item in value) {
                copy << plain(item)
            }
            return copy
        }
        return value
    }
}
