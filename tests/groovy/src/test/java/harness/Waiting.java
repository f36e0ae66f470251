package harness;

import com.cloudbees.groovy.cps.Outcome;

/** A step that is under way. */
interface Waiting {
    /** Its outcome, or null as long as there is none. */
    Outcome ask() throws Exception;

    /** End it early: its outcome, or null when it needs a moment to end. */
    default Outcome stop(Throwable reason) {
        return new Outcome(null, reason);
    }

    /** Whether something outside this pipeline is at work: if nothing is, time passes at once, or the wait is for ever. */
    default boolean lively() {
        return false;
    }

    /** When it ends by itself, in milliseconds of the build's clock. */
    default long wakes() {
        return Long.MAX_VALUE;
    }

    /** For the words of a failure. */
    String what();
}
