package org.jenkinsci.plugins.workflow.steps;

/** An abort, a rejection or a timeout; `cause` tells the harness which. */
public class FlowInterruptedException extends InterruptedException {
    private static final long serialVersionUID = 1;

    private final String cause;

    public FlowInterruptedException(String cause) {
        this.cause = cause;
    }

    /** For the harness alone: a pipeline in the sandbox can't ask. */
    public String why() {
        return cause;
    }
}
