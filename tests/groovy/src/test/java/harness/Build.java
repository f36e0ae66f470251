package harness;

import com.cloudbees.groovy.cps.Outcome;
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation;
import com.cloudbees.groovy.cps.sandbox.DefaultInvoker;
import com.cloudbees.groovy.cps.sandbox.SandboxInvoker;
import hudson.AbortException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** One build on a small controller: what it is given, what it prints, and how it ends. */
public final class Build {
    private static final ThreadLocal<Build> CURRENT = new ThreadLocal<>();
    private static final List<String> RESULTS = List.of("SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED");

    /** What a checkout writes into its folder. */
    public interface Source {
        void write(Path folder) throws Exception;
    }

    public Controller controller = new Controller();
    public String job = "shop/promote";
    public int number = 7;
    public final Map<String, Object> parameters = new LinkedHashMap<>();
    public final Map<String, String> variables = new LinkedHashMap<>();
    /** What the agent's process has in its environment: withEnv can hide it with another value only. */
    public final Map<String, String> agent = new LinkedHashMap<>();
    public final Map<String, Credential> credentials = new LinkedHashMap<>();
    public final Deque<Answer> answers = new ConcurrentLinkedDeque<>();
    public final List<Map<String, Object>> causes = new ArrayList<>();
    private final List<Build> upstream = new ArrayList<>();
    public final List<String> calls = new CopyOnWriteArrayList<>();
    public Source scm = checkout -> { };
    /** Runs when an `input` begins to wait. */
    public Runnable meanwhile = () -> { };
    /** Somebody else answers in time: time doesn't pass at once while an `input` waits. */
    public boolean attended;
    /** Told of every step before it begins: its name and its arguments. */
    public BiConsumer<String, Map<String, Object>> watch = (step, arguments) -> { };
    /** Plug-ins beyond the suggested set that are there, by the name of their step. */
    public final List<String> plugins = new ArrayList<>();
    public boolean restartAtEveryStep;
    /** Run as a folder library does: what is not on the list of signatures is rejected. */
    public boolean sandbox;
    /** Whether what it uses counts as used by the vars. */
    public boolean reviewed;
    public Set<String> used = Set.of();
    public boolean unix = true;
    /** What the library has in its folder resources. */
    public Path resources = Path.of(System.getProperty("repository"), "resources");
    /** How many bytes the program had at most when it was saved, by the step that followed. */
    public final Map<String, Integer> saved = new java.util.TreeMap<>();

    public String displayName;
    public String description;
    public volatile String result;
    public Throwable failure;
    public Object returned;

    final Path folder;
    volatile int milestone;
    private volatile Throwable interruption;
    private volatile List<String> questions = List.of();
    private long skipped;
    private final StringBuffer log = new StringBuffer();
    private final List<String> mismatches = new ArrayList<>();
    private Library library;
    private Program program;

    public Build(Path folder) {
        this.folder = folder;
    }

    static Build current() {
        return CURRENT.get();
    }

    Library library() {
        return library;
    }

    Program program() {
        return program;
    }

    Context context() {
        return program == null ? Context.outside() : program.context();
    }

    /** Another build started this one: its own causes stay its own. */
    public Build startedBy(Build other) {
        causes.add(Causes.upstream(other));
        upstream.add(other);
        return this;
    }

    /** The builds that this one comes from, near and far, but for those that were deleted. */
    List<Build> upstreamBuilds() {
        List<Build> all = new ArrayList<>();
        for (Build each : upstream) {
            all.add(each);
            all.addAll(each.upstreamBuilds());
        }
        return all;
    }

    /** Somebody deletes the builds that this one comes from. */
    public void forgetUpstream() {
        upstream.clear();
    }

    /** Run a pipeline, scripted or declarative, to its end; its result is one of Jenkins'. */
    public Build run(String pipeline) throws IOException {
        begin();
        Set<String> noted = new TreeSet<>();
        Guard guard = new Guard(noted);
        try {
            library = new Library(Declarative.scripted(pipeline), sandbox);
            program = new Program(this, sandbox ? new SandboxInvoker() : new DefaultInvoker());
            if (sandbox) {
                guard.register();
            }
            end(program.run(library.pipeline()));
        } catch (CpsCallableInvocation escaped) {
            // no cause: to write it out could call what escaped again
            throw new AssertionError("expected code that does not suspend but wound up catching " + escaped.methodName);
        } catch (Declarative.InvalidException problem) {
            end(new Outcome(null, problem));
        } finally {
            guard.unregister();
            CURRENT.remove();
            controller.ends(this);
        }
        used = noted;
        return this;
    }

    private void begin() {
        CURRENT.set(this);
        controller.begins(this);
        listen();
        set("JENKINS_HOME", folder.toString());
        set("JENKINS_URL", "https://jenkins.example.com/");
        set("JOB_NAME", job);
        set("BUILD_NUMBER", Integer.toString(number));
        set("BUILD_URL", url());
        parameters.forEach((name, value) -> variables.putIfAbsent(name, value.toString()));
    }

    private void set(String name, String value) {
        variables.putIfAbsent(name, value);
    }

    private void listen() {
        CpsCallableInvocation.registerMismatchHandler((expected, method, found, caught) ->
                mismatches.add("expected to call " + name(expected) + "." + method + " but wound up catching " + name(found) + "." + caught));
    }

    private static String name(Object receiver) {
        return receiver == null ? "null" : receiver.getClass().getName();
    }

    private void end(Outcome outcome) {
        failure = outcome.getAbnormal();
        returned = outcome.isSuccess() ? outcome.getNormal() : null;
        if (failure instanceof FlowInterruptedException interrupted) {
            worsen(interrupted.getResult());
        } else if (failure != null) {
            worsen("FAILURE");
            print(failure instanceof AbortException ? "ERROR: " + failure.getMessage() : "Also: " + failure);
        } else if (result == null) {
            result = "SUCCESS";
        }
        print("Finished: " + result);
    }

    /** A result never improves. */
    void worsen(String to) {
        if (!RESULTS.contains(to)) {
            throw new IllegalArgumentException("no result: " + to);
        }
        result = result == null || RESULTS.indexOf(to) > RESULTS.indexOf(result) ? to : result;
    }

    String url() {
        return "https://jenkins.example.com/job/" + job.replace("/", "/job/") + "/" + number + "/";
    }

    /** Somebody presses the red button; may be called from another thread. */
    public void abort(String user) {
        interruption = new FlowInterruptedException("ABORTED", "Aborted by " + user, true);
    }

    void superseded(Build newer) {
        interruption = new FlowInterruptedException("NOT_BUILT", "Superseded by " + newer.job.replaceFirst(".*/", "") + "#" + newer.number, true);
    }

    /** What interrupts the build now, once. */
    Throwable interruption() {
        Throwable found = interruption;
        interruption = null;
        if (found instanceof FlowInterruptedException reason) {
            print(reason.getCauses().get(0));
        }
        return found;
    }

    boolean restarts(String step) {
        return restartAtEveryStep || step.equals("input");
    }

    /** Jenkins only logs these: a method of Java was given code that suspends, and its result is wrong. */
    void failOnMismatch() {
        if (!mismatches.isEmpty()) {
            throw new AssertionError(mismatches.get(0));
        }
    }

    void print(String line) {
        log.append(Mask.hide(line, context().secrets())).append('\n');
    }

    /** The build's clock: real time, and what a `sleep` or a wait skipped. */
    long now() {
        return System.currentTimeMillis() + skipped;
    }

    void passTime(long until) {
        skipped += Math.max(0, until - now());
    }

    /** How many executors the build holds now. */
    public int executors() {
        return controller.busy(this);
    }

    /** The ids of the questions that wait for an answer now. */
    public List<String> questions() {
        return questions;
    }

    void asks(String id) {
        List<String> more = new ArrayList<>(questions);
        more.add(id);
        questions = List.copyOf(more);
    }

    void answered(String id) {
        List<String> less = new ArrayList<>(questions);
        less.remove(id);
        questions = List.copyOf(less);
    }

    /** Do something in another build while this one waits. */
    public static <T> T elsewhere(Callable<T> work) throws Exception {
        Build waiting = CURRENT.get();
        try {
            return work.call();
        } finally {
            CURRENT.set(waiting);
            if (waiting != null) {
                waiting.listen();
            }
        }
    }

    /** The console log. */
    public String log() {
        return log.toString();
    }

    Path workspace() {
        return folder.resolve("workspace").resolve(job.replace('/', '_'));
    }
}
