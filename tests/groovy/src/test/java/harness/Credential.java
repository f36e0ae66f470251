package harness;

/** A credential in the controller's store; `kind` is the binding that fits it. */
public record Credential(String kind, String username, String secret, String passphrase) {
    public static Credential login(String username, String password) {
        return new Credential("usernamePassword", username, password, "");
    }

    public static Credential text(String secret) {
        return new Credential("string", null, secret, "");
    }

    public static Credential file(String content) {
        return new Credential("file", null, content, "");
    }

    public static Credential key(String username, String key) {
        return new Credential("sshUserPrivateKey", username, key, "");
    }

    public static Credential key(String username, String key, String passphrase) {
        return new Credential("sshUserPrivateKey", username, key, passphrase);
    }
}
