package gitopsci

import com.cloudbees.groovy.cps.NonCPS

/** Finds the word that a mistyped one was meant to be. */
class Spelling implements Serializable {
    /** The word with the fewest edits, at most two and whatever their case; null where none is as close. */
    @NonCPS
    static String nearest(String word, List known) {
        String best = null
        int least = 3
        for (each in known) {
            int distance = distance(word.toLowerCase(), each.toString().toLowerCase())
            if (distance < least) {
                best = each
                least = distance
            }
        }
        return best
    }

    /** Levenshtein's distance, row by row. */
    @NonCPS
    private static int distance(String one, String two) {
        List row = (0..two.length()).collect { it }
        for (int i = 1; i <= one.length(); i++) {
            int corner = row[0]
            row[0] = i
            for (int j = 1; j <= two.length(); j++) {
                int above = row[j]
                int shorter = Math.min(corner, Math.min(above, (int) row[j - 1]))
                row[j] = one[i - 1] == two[j - 1] ? corner : 1 + shorter
                corner = above
            }
        }
        return row[two.length()]
    }
}
