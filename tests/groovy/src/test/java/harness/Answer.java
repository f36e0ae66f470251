package harness;

import java.util.Map;

/** What a person does with a waiting `input`: approves it with a form, with an empty form, or aborts it. */
public record Answer(Kind kind, String user, Map<String, Object> values) {
    enum Kind { SUBMIT, EMPTY, ABORT }

    /** Fill in the form and proceed. */
    public static Answer submit(String user, Map<String, Object> values) {
        return new Answer(Kind.SUBMIT, user, values);
    }

    /** Proceed without the form, as POST proceedEmpty does: the approver is not known to the pipeline. */
    public static Answer empty(String user) {
        return new Answer(Kind.EMPTY, user, Map.of());
    }

    /** Press Abort. */
    public static Answer abort(String user) {
        return new Answer(Kind.ABORT, user, Map.of());
    }
}
