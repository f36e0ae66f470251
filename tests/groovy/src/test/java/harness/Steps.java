package harness;

import com.cloudbees.groovy.cps.Outcome;
import groovy.lang.Closure;
import hudson.AbortException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** The steps of the suggested plug-ins that the vars and the examples use, behaving as measured on a real controller. */
final class Steps {
    static final String MAIN = "(main)";
    static final Set<String> TAKES_A_MAP = Set.of("parallel");
    static final Set<String> SYMBOLS = Set.of(
            "usernamePassword", "string", "file", "sshUserPrivateKey");
    static final Set<String> NAMES = Set.of(
            "echo", "error", "sh", "node", "dir", "stage", "withEnv", "withCredentials", "input", "timeout", "sleep", "readFile",
            "writeFile", "fileExists", "deleteDir", "pwd", "isUnix", "lock", "milestone", "parallel", "archiveArtifacts",
            "publishHTML", "libraryResource", "checkout", "usernamePassword", "string", "file", "sshUserPrivateKey");
    /** Steps of plug-ins that are not in the suggested set. */
    private static final Set<String> OPTIONAL = Set.of("lock", "publishHTML");
    private static final Set<String> ON_AGENT =
            Set.of("sh", "checkout", "dir", "readFile", "writeFile", "fileExists", "deleteDir", "pwd", "archiveArtifacts", "publishHTML");

    private Steps() {
    }

    /** Carry out a step: return its outcome, enter its body, or begin to wait (null). */
    static Outcome start(StepCall call, Program program, Build build) throws Exception {
        Context context = program.context();
        build.calls.add(call.name);
        build.watch.accept(call.name, call.arguments);
        if (OPTIONAL.contains(call.name) && !build.plugins.contains(call.name)) {
            throw unknown(call.name);
        }
        if (ON_AGENT.contains(call.name) && context.node() == null) {
            throw new MissingContextVariableException("Required context class hudson.FilePath is missing\n"
                    + "Perhaps you forgot to surround the " + call.name + " step with a step that provides this, such as: node");
        }
        if (call.name.equals("isUnix") && context.node() == null) {
            throw new MissingContextVariableException("Required context class hudson.Launcher is missing\n"
                    + "Perhaps you forgot to surround the isUnix step with a step that provides this, such as: node");
        }
        if (call.body != null) {
            return Blocks.start(call, program, build);
        }
        return switch (call.name) {
            case "sh" -> Shell.start(call, context, build);
            case "input" -> Input.start(call, build);
            case "sleep" -> program.await(new Sleep(build, length(call)));
            case "parallel" -> program.split(bodies(call), Boolean.TRUE.equals(((Map<?, ?>) call.arguments.get(MAIN)).get("failFast")));
            default -> new Outcome(simple(call, context, build), null);
        };
    }

    static NoSuchMethodError unknown(String name) {
        return new NoSuchMethodError("No such DSL method '" + name + "' found among steps " + new TreeSet<>(NAMES));
    }

    private static Map<String, Closure<?>> bodies(StepCall call) {
        Map<String, Closure<?>> all = new LinkedHashMap<>();
        ((Map<?, ?>) call.arguments.get(MAIN)).forEach((name, body) -> {
            if (body instanceof Closure<?> closure) {
                all.put(name.toString(), closure);
            } else if (!name.equals("failFast")) {
                throw new IllegalArgumentException("Expected a closure or failFast but found " + name + "=" + body);
            }
        });
        return all;
    }

    private static Object simple(StepCall call, Context context, Build build) throws Exception {
        switch (call.name) {
            case "echo" -> build.print(String.valueOf(call.main("message")));
            case "error" -> throw new AbortException(String.valueOf(call.main("message")));
            case "milestone" -> milestone(call, build);
            case "readFile" -> {
                return Files.readString(path(context, call.main("file")), charset(call));
            }
            case "writeFile" -> Files.writeString(written(context, call.text("file")), call.text("text"), charset(call));
            case "fileExists" -> {
                return Files.exists(path(context, call.main("file")));
            }
            case "deleteDir" -> delete(Path.of(context.folder()));
            case "pwd" -> {
                return Boolean.TRUE.equals(call.arguments.get("tmp")) ? context.folder() + "@tmp" : context.folder();
            }
            case "isUnix" -> {
                return build.unix;
            }
            case "checkout" -> {
                return Source.checkout(Path.of(context.folder()), build);
            }
            case "archiveArtifacts", "publishHTML" -> build.print("[" + call.name + "] " + call.arguments);
            case "libraryResource" -> {
                return resource(String.valueOf(call.main("resource")), build);
            }
            default -> throw new IllegalArgumentException(call.name + " needs a body");
        }
        return null;
    }

    private static String resource(String name, Build build) throws IOException {
        Path file = build.resources.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new AbortException("No such library resource " + name + " could be found.");
        }
        return Files.readString(file);
    }

    private static void milestone(StepCall call, Build build) throws FlowInterruptedException {
        int ordinal = call.main("ordinal") == null ? build.milestone + 1 : ((Number) call.main("ordinal")).intValue();
        if (!build.controller.pass(build, ordinal)) {
            String reason = "Canceled since build #" + build.controller.passedBy(build, ordinal) + " already got here";
            build.print(reason);
            throw new FlowInterruptedException("NOT_BUILT", reason, true);
        }
    }

    private static Charset charset(StepCall call) {
        return call.text("encoding") == null ? StandardCharsets.UTF_8 : Charset.forName(call.text("encoding"));
    }

    private static long length(StepCall call) {
        String unit = call.text("unit");
        return TimeUnit.valueOf(unit == null ? "SECONDS" : unit).toMillis(((Number) call.main("time")).longValue());
    }

    /** `sleep`: the clock passes at once when nothing else happens. */
    private static final class Sleep implements Waiting {
        private final Build build;
        private final long until;

        Sleep(Build build, long length) {
            this.build = build;
            this.until = build.now() + length;
        }

        @Override
        public Outcome ask() {
            return build.now() >= until ? new Outcome(null, null) : null;
        }

        @Override
        public long wakes() {
            return until;
        }

        @Override
        public String what() {
            return "sleep";
        }
    }

    static Path path(Context context, Object name) {
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
}
