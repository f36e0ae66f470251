package org.jenkinsci.plugins.workflow.steps;

/** An abort, a rejection, a timeout or a newer build; the message is null, as Jenkins' is. */
public class FlowInterruptedException extends InterruptedException {
    private static final long serialVersionUID = 1;

    private final String result;
    private final String cause;
    private final boolean byAPerson;

    public FlowInterruptedException(String result, String cause, boolean byAPerson) {
        this.result = result;
        this.cause = cause;
        this.byAPerson = byAPerson;
    }

    public String getResult() {
        return result;
    }

    public java.util.List<String> getCauses() {
        return java.util.List.of(cause);
    }

    /** False for a timeout and for a parallel branch that failed first. */
    public boolean isActualInterruption() {
        return byAPerson;
    }
}
