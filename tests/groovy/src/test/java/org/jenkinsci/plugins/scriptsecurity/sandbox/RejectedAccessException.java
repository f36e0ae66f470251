package org.jenkinsci.plugins.scriptsecurity.sandbox;

/** What the sandbox throws: a RuntimeException, so a `catch (Exception)` of a pipeline swallows it. */
public class RejectedAccessException extends SecurityException {
    private static final long serialVersionUID = 1;

    public RejectedAccessException(String signature) {
        super("Scripts not permitted to use " + signature);
    }
}
