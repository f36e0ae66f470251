package harness;

import com.cloudbees.groovy.cps.Outcome;
import groovy.lang.Closure;
import hudson.AbortException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The steps of the suggested plug-ins that the vars and the examples use, behaving as measured on a real controller. */
final class Steps {
    static final String MAIN = "(main)";
    static final Set<String> TAKES_A_MAP = Set.of("parallel");
    static final Set<String> SYMBOLS = Set.of(
            "usernamePassword", "string", "file", "sshUserPrivateKey", "text", "booleanParam", "choice", "parameters", "disableConcurrentBuilds");
    static final Set<String> NAMES = Set.of(
            "echo", "error", "sh", "node", "dir", "stage", "withEnv", "withCredentials", "input", "timeout", "retry", "sleep", "readFile",
            "writeFile", "fileExists", "deleteDir", "pwd", "isUnix", "lock", "milestone", "parallel", "properties", "archiveArtifacts",
            "publishHTML", "libraryResource", "sha256", "checkout", "unstable",
            "usernamePassword", "string", "file", "sshUserPrivateKey", "text", "booleanParam", "choice", "parameters",
            "disableConcurrentBuilds");
    /** Steps of plug-ins that are not in the suggested set. */
    private static final Set<String> OPTIONAL = Set.of("lock", "publishHTML");
    private static final Set<String> ON_AGENT =
            Set.of("sh", "checkout", "dir", "readFile", "writeFile", "fileExists", "deleteDir", "pwd", "archiveArtifacts", "publishHTML", "sha256");

    private Steps() {
    }

    /** Carry out a step: return its outcome, or enter its body. */
    static Outcome start(StepCall call, Program program, Build build) throws Exception {
        Context context = program.context();
        build.calls.add(call.name);
        if (OPTIONAL.contains(call.name) && !build.plugins.contains(call.name)) {
            throw new NoSuchMethodError("No such DSL method '" + call.name + "' found among steps " + NAMES);
        }
        if (ON_AGENT.contains(call.name) && context.node() == null) {
            throw new MissingContextVariableException("Required context class hudson.FilePath is missing\n"
                    + "Perhaps you forgot to surround the " + call.name + " step with a step that provides this, such as: node");
        }
        if (call.name.equals("isUnix") && context.node() == null) {
            throw new MissingContextVariableException("Required context class hudson.Launcher is missing");
        }
        return call.body != null ? Blocks.start(call, program, build) : new Outcome(simple(call, context, build), null);
    }

    private static Object simple(StepCall call, Context context, Build build) throws Exception {
        switch (call.name) {
            case "echo" -> build.print(String.valueOf(call.main("message")));
            case "error" -> throw new AbortException(String.valueOf(call.main("message")));
            case "unstable" -> build.result = "UNSTABLE";
            case "sleep" -> build.clock += 1000L * ((Number) call.main("time")).longValue();
            case "sh" -> {
                return Shell.run(call, context, build);
            }
            case "input" -> {
                return Input.ask(call, context, build);
            }
            case "readFile" -> {
                return Files.readString(path(context, call.main("file")), StandardCharsets.UTF_8);
            }
            case "writeFile" -> Files.writeString(written(context, call.text("file")), call.text("text"), StandardCharsets.UTF_8);
            case "fileExists" -> {
                return Files.exists(path(context, call.main("file")));
            }
            case "deleteDir" -> delete(Path.of(context.folder()));
            case "pwd" -> {
                return Boolean.TRUE.equals(call.arguments.get("tmp")) ? temporary(context) : context.folder();
            }
            case "isUnix" -> {
                return build.unix;
            }
            case "checkout" -> build.scm.write(Path.of(context.folder()));
            case "milestone", "properties", "archiveArtifacts", "publishHTML" -> build.print("[" + call.name + "] " + call.arguments);
            case "libraryResource" -> {
                return Files.readString(Path.of(System.getProperty("repository"), "resources", (String) call.main("resource")));
            }
            default -> throw new IllegalArgumentException(call.name + " needs a body");
        }
        return null;
    }

    private static String temporary(Context context) throws IOException {
        return Files.createDirectories(Path.of(context.folder() + "@tmp")).toString();
    }

    private static Path path(Context context, Object name) {
        return Path.of(context.folder()).resolve(name.toString());
    }

    private static Path written(Context context, String name) throws IOException {
        Path file = path(context, name);
        Files.createDirectories(file.getParent());
        return file;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Jenkins' words for a step that needs an agent. */
    static final class MissingContextVariableException extends Exception {
        private static final long serialVersionUID = 1;

        MissingContextVariableException(String message) {
            super(message);
        }
    }

    static Map<String, Object> copy(Map<?, ?> map) {
        Map<String, Object> plain = new LinkedHashMap<>();
        map.forEach((key, value) -> plain.put(key.toString(), value));
        return plain;
    }

    static List<?> list(Object value) {
        return value instanceof List<?> many ? many : List.of(value);
    }

    static Closure<?> closure(Object value) {
        return (Closure<?>) value;
    }
}
