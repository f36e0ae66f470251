package harness;

import com.cloudbees.groovy.cps.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** `withCredentials`: variables for a block, and what is masked in the log meanwhile. */
final class Binding {
    private Binding() {
    }

    static Outcome start(StepCall call, Program program, Build build) throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        List<String> masked = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        for (Object each : Steps.list(call.main("bindings"))) {
            Map<String, Object> binding = Steps.copy((Map<?, ?>) each);
            Credential credential = credential(binding, build);
            bind(binding, credential, variables, files, build);
            masked.add(credential.secret());
            if (credential.username() != null) {
                masked.add(credential.username());
            }
        }
        return program.enter(call.body, program.context().with(variables, masked), new Removal(files.stream().map(Path::toString).toList()));
    }

    private static Credential credential(Map<String, Object> binding, Build build) {
        String id = String.valueOf(binding.get("credentialsId"));
        Credential found = build.credentials.get(id);
        if (found == null) {
            throw new IllegalArgumentException("Could not find credentials entry with ID '" + id + "'");
        }
        if (!found.kind().equals(binding.get("$class"))) {
            throw new IllegalArgumentException(
                    "Credentials '" + id + "' is of type '" + found.kind() + "' where '" + binding.get("$class") + "' was expected");
        }
        return found;
    }

    private static void bind(Map<String, Object> binding, Credential credential, Map<String, String> variables, List<Path> files, Build build)
            throws IOException {
        switch (credential.kind()) {
            case "usernamePassword" -> {
                variables.put(String.valueOf(binding.get("usernameVariable")), credential.username());
                variables.put(String.valueOf(binding.get("passwordVariable")), credential.secret());
            }
            case "string" -> variables.put(String.valueOf(binding.get("variable")), credential.secret());
            case "file", "sshUserPrivateKey" -> {
                if (build.context().node() == null) {
                    throw new IllegalArgumentException("Required context class hudson.FilePath is missing");
                }
                Path file = Files.writeString(Files.createTempFile(build.folder, "secret", ".file"), credential.secret());
                files.add(file);
                Object name = binding.containsKey("variable") ? binding.get("variable") : binding.get("keyFileVariable");
                variables.put(String.valueOf(name), file.toString());
                if (binding.containsKey("usernameVariable")) {
                    variables.put(String.valueOf(binding.get("usernameVariable")), credential.username());
                }
            }
            default -> throw new IllegalArgumentException(credential.kind());
        }
    }

    /** Removes files with secrets when the block ends. */
    private record Removal(List<String> files) implements Program.Block {
        @Override
        public Outcome ended(Outcome outcome, Program program) {
            for (String file : files) {
                try {
                    Files.deleteIfExists(Path.of(file));
                } catch (IOException problem) {
                    return new Outcome(null, problem);
                }
            }
            return outcome;
        }
    }
}
