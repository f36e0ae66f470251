package harness;

import com.cloudbees.groovy.cps.CpsTransformer;
import com.cloudbees.groovy.cps.Outcome;
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation;
import com.cloudbees.groovy.cps.sandbox.DefaultInvoker;
import com.cloudbees.groovy.cps.sandbox.SandboxInvoker;
import hudson.AbortException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** One build on a small controller: what it is given, what it prints, and how it ends. */
public final class Build {
    private static final ThreadLocal<Build> CURRENT = new ThreadLocal<>();

    public String job = "shop/promote";
    public int number = 7;
    public final Map<String, Object> parameters = new LinkedHashMap<>();
    public final Map<String, String> variables = new LinkedHashMap<>();
    /** What the agent's process has in its environment: withEnv can hide it with another value only. */
    public final Map<String, String> agent = new LinkedHashMap<>();
    public final Map<String, Credential> credentials = new LinkedHashMap<>();
    public final Deque<Answer> answers = new ArrayDeque<>();
    public final List<Map<String, Object>> causes = new ArrayList<>();
    public final List<String> calls = new ArrayList<>();
    /** What a checkout writes into its folder. */
    public interface Source {
        void write(Path folder) throws Exception;
    }

    public Source scm = checkout -> { };
    /** Runs while an `input` waits. */
    public Runnable meanwhile = () -> { };
    /** Plug-ins beyond the suggested set that are there, by the name of their step. */
    public final List<String> plugins = new ArrayList<>();
    public boolean restartAtEveryStep;
    /** Run as a folder library does, and note down what is used of Java and Groovy. */
    public boolean sandbox;
    public java.util.Set<String> used = java.util.Set.of();
    public boolean unix = true;

    public String displayName;
    public String description;
    public String result;
    public Throwable failure;
    public Object returned;

    final Path folder;
    long clock = System.currentTimeMillis();
    int executors;
    private final StringBuilder log = new StringBuilder();
    private final List<String> mismatches = new ArrayList<>();
    private final Path vars;
    private Library library;
    private Program program;

    public Build(Path folder) {
        this.folder = folder;
        this.vars = Path.of(System.getProperty("repository"), "vars").toAbsolutePath().normalize();
    }

    static Build current() {
        return CURRENT.get();
    }

    Library library() {
        return library;
    }

    Context context() {
        return program.context();
    }

    /** Run a pipeline to its end; its result is that of Jenkins: SUCCESS, FAILURE, ABORTED. */
    public Build run(String pipeline) throws IOException {
        CURRENT.set(this);
        CpsCallableInvocation.registerMismatchHandler((expected, method, found, caught) ->
                mismatches.add("expected to call " + expected.getClass().getName() + "." + method + " but wound up catching "
                        + found.getClass().getName() + "." + caught));
        Recorder recorder = new Recorder();
        try {
            library = new Library(vars, pipeline, sandbox ? new SandboxedTransformer() : new CpsTransformer());
            program = new Program(this, sandbox ? new SandboxInvoker() : new DefaultInvoker());
            if (sandbox) {
                recorder.register();
            }
            Outcome outcome = program.run(library.pipeline(), Context.outside(initial()));
            end(outcome);
        } finally {
            recorder.unregister();
            CURRENT.remove();
        }
        used = recorder.signatures;
        return this;
    }

    private void end(Outcome outcome) {
        failure = outcome.getAbnormal();
        returned = outcome.isSuccess() ? outcome.getNormal() : null;
        if (failure instanceof AssertionError broken) {
            throw broken;
        }
        if (failure instanceof FlowInterruptedException) {
            result = "ABORTED";
        } else if (failure != null) {
            result = "FAILURE";
            print(failure instanceof AbortException ? "ERROR: " + failure.getMessage() : "Also: " + failure);
        } else if (result == null) {
            result = "SUCCESS";
        }
        print("Finished: " + result);
    }

    private Map<String, String> initial() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("JENKINS_HOME", folder.toString());
        all.put("JOB_NAME", job);
        all.put("BUILD_NUMBER", Integer.toString(number));
        all.put("BUILD_URL", url());
        parameters.forEach((name, value) -> all.put(name, value.toString()));
        all.putAll(variables);
        return all;
    }

    String url() {
        return "https://jenkins.example.com/job/" + job.replace("/", "/job/") + "/" + number + "/";
    }

    void setVariable(String name, String value) {
        variables.put(name, value);
        program.context().variables().put(name, value);
    }

    boolean restarts(String step) {
        return restartAtEveryStep || step.equals("input");
    }

    /** Jenkins only logs these: a method of Java was given a closure that suspends, and its result is wrong. */
    void failOnMismatch() {
        if (!mismatches.isEmpty()) {
            throw new AssertionError(mismatches.get(0));
        }
    }

    void print(String line) {
        String shown = line;
        if (program != null) {
            for (String secret : safeContext().secrets()) {
                shown = secret.isEmpty() ? shown : shown.replace(secret, "****");
            }
        }
        log.append(shown).append('\n');
    }

    private Context safeContext() {
        try {
            return program.context();
        } catch (IndexOutOfBoundsException nothingRuns) {
            return Context.outside(Map.of());
        }
    }

    /** How many executors the build holds now. */
    public int executors() {
        return executors;
    }

    /** Do something in another build while this one waits. */
    public static <T> T elsewhere(java.util.concurrent.Callable<T> work) throws Exception {
        Build waiting = CURRENT.get();
        try {
            return work.call();
        } finally {
            CURRENT.set(waiting);
        }
    }

    /** The console log. */
    public String log() {
        return log.toString();
    }

    Path workspace() throws IOException {
        return Files.createDirectories(folder.resolve("workspace").resolve(job.replace('/', '_') + "-" + System.identityHashCode(this)));
    }
}
