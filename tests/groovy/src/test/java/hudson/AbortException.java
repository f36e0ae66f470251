package hudson;

/** What `error` and a failing `sh` throw. */
public class AbortException extends java.io.IOException {
    private static final long serialVersionUID = 1;

    public AbortException(String message) {
        super(message);
    }
}
