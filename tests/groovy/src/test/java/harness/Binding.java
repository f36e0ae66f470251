package harness;

import com.cloudbees.groovy.cps.Outcome;
import harness.Steps.MissingContextVariableException;
import hudson.AbortException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** `withCredentials`: variables for a block, and what is masked in the log meanwhile. */
final class Binding {
    private final Map<String, String> variables = new LinkedHashMap<>();
    private final List<String> masked = new ArrayList<>();
    private final List<String> files = new ArrayList<>();
    private final Context context;

    private Binding(Context context) {
        this.context = context;
    }

    static Outcome start(StepCall call, Program program, Build build) throws Exception {
        Binding all = new Binding(program.context());
        for (Object each : Steps.list(call.main("bindings"))) {
            Map<String, Object> given = Steps.copy((Map<?, ?>) each);
            all.bind(given, find(given, build));
        }
        build.print("Masking supported pattern matches of " + String.join(" or ", all.variables.keySet().stream().map(name -> "$" + name).toList()));
        return program.enter(call.body, program.context().with(all.variables, all.masked), new Removal(all.files));
    }

    private static Credential find(Map<String, Object> binding, Build build) throws AbortException {
        String id = String.valueOf(binding.get("credentialsId"));
        Credential found = build.credentials.get(id);
        if (found == null) {
            throw new AbortException("Could not find credentials entry with ID '" + id + "'");
        }
        if (!found.kind().equals(binding.get("$class"))) {
            throw new AbortException(
                    "Credentials '" + id + "' is of type '" + found.kind() + "' where '" + binding.get("$class") + "' was expected");
        }
        return found;
    }

    private void bind(Map<String, Object> given, Credential credential) throws Exception {
        switch (credential.kind()) {
            case "usernamePassword" -> {
                set(given, "usernameVariable", credential.username());
                set(given, "passwordVariable", credential.secret());
            }
            case "string" -> set(given, "variable", credential.secret());
            case "file" -> {
                set(given, "variable", file("secretFiles", credential.secret()));
                masked.add(credential.secret());
            }
            case "sshUserPrivateKey" -> {
                set(given, "keyFileVariable", file("private_keys", credential.secret()));
                set(given, "usernameVariable", credential.username());
                set(given, "passphraseVariable", credential.passphrase());
                masked.add(credential.secret());
            }
            default -> throw new IllegalArgumentException(credential.kind());
        }
    }

    private void set(Map<String, Object> given, String argument, String value) {
        if (given.get(argument) != null) {
            variables.put(given.get(argument).toString(), value);
            masked.add(value);
        }
    }

    private String file(String kind, String content) throws IOException, MissingContextVariableException {
        if (context.node() == null) {
            throw new MissingContextVariableException("Required context class hudson.FilePath is missing\n"
                    + "Perhaps you forgot to surround the withCredentials step with a step that provides this, such as: node");
        }
        Path folder = Path.of(context.workspace() + "@tmp", kind, UUID.randomUUID().toString());
        Files.createDirectories(folder);
        Path file = Files.writeString(folder.resolve("secret"), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        files.add(file.toString());
        return file.toString();
    }

    /** Removes files with secrets when the block ends. */
    private record Removal(List<String> files) implements Branch.Block {
        @Override
        public Outcome ended(Outcome outcome, Program program) {
            for (String file : files) {
                try {
                    Files.deleteIfExists(Path.of(file));
                    Files.deleteIfExists(Path.of(file).getParent());
                } catch (IOException problem) {
                    return new Outcome(null, problem);
                }
            }
            return outcome;
        }
    }
}
