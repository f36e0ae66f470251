package harness;

import com.cloudbees.groovy.cps.Outcome;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** `input`: who may answer, and what the step returns, as measured on a real controller. */
final class Input implements Waiting {
    private static final Set<String> KNOWN = Set.of("message", "id", "ok", "submitter", "submitterParameter", "parameters", Steps.MAIN);
    /** Who may look only. */
    private static final String VIEWER = "viewer";

    private final Build build;
    private final String submitter;
    private final String approver;
    private final String id;
    private final List<?> parameters;

    private Input(StepCall call, Build build) {
        this.build = build;
        submitter = call.text("submitter");
        approver = call.text("submitterParameter");
        parameters = call.arguments.get("parameters") == null ? List.of() : Steps.list(call.arguments.get("parameters"));
        id = identity(call.text("id"), call);
        call.arguments.keySet().stream().filter(name -> !KNOWN.contains(name)).forEach(name -> build.print(
                "WARNING: Unknown parameter(s) found for class type 'org.jenkinsci.plugins.workflow.support.steps.input.InputStep': " + name));
    }

    static Outcome start(StepCall call, Build build) {
        Input question = new Input(call, build);
        boolean form = !question.parameters.isEmpty() || question.approver != null;
        String ok = call.text("ok") == null ? "Proceed" : call.text("ok");
        build.print(form ? "Input requested" : call.main("message") + "\n" + ok + " or Abort");
        build.asks(question.id);
        build.meanwhile.run();
        return build.program().await(question);
    }

    private static String identity(String given, StepCall call) {
        if (given == null || given.isEmpty()) {
            return "E" + Integer.toHexString(String.valueOf(call.main("message")).hashCode());
        }
        if (!given.matches("[A-Za-z0-9._:-]+") || given.equals(".") || given.contains("..")) {
            throw new IllegalArgumentException("InputStep id is required to be URL safe, but the provided id " + given + " is not safe");
        }
        return Character.toUpperCase(given.charAt(0)) + given.substring(1);
    }

    /** The first answer of somebody who may give one; Jenkins turns the others away and goes on waiting. */
    @Override
    public Outcome ask() {
        for (Answer answer = build.answers.pollFirst(); answer != null; answer = build.answers.pollFirst()) {
            if (answer.kind() == Answer.Kind.ABORT ? mayAbort(answer.user()) : maySubmit(answer.user())) {
                return taken(answer);
            }
        }
        return null;
    }

    private Outcome taken(Answer answer) {
        build.answered(id);
        if (answer.kind() == Answer.Kind.ABORT) {
            build.print("Rejected by " + answer.user());
            return new Outcome(null, new FlowInterruptedException("ABORTED", "Rejected by " + answer.user(), true));
        }
        build.print("Approved by " + answer.user());
        return new Outcome(answer.kind() == Answer.Kind.EMPTY ? null : value(answer), null);
    }

    private boolean maySubmit(String user) {
        if (user.equals("admin") || (submitter == null || submitter.isBlank() ? !user.equals(VIEWER) : named(user))) {
            return true;
        }
        build.print("You need to be " + submitter + " to submit this.");
        return false;
    }

    private boolean named(String user) {
        return Arrays.stream(submitter.split(",")).map(String::strip)
                .anyMatch(one -> one.equalsIgnoreCase(user) || one.equals("authenticated"));
    }

    /** The submitter, or who may cancel the job: everybody here but a viewer. */
    private boolean mayAbort(String user) {
        if (!user.equals(VIEWER) || submitter != null && named(user)) {
            return true;
        }
        build.print("You need to be '" + submitter + "' (or have Job/Cancel permissions) to cancel this.");
        return false;
    }

    private Object value(Answer answer) {
        Map<String, Object> values = new HashMap<>();
        for (Object each : parameters) {
            Map<?, ?> parameter = (Map<?, ?>) each;
            Object name = parameter.get("name");
            Object standard = parameter.get("defaultValue") != null ? parameter.get("defaultValue") : "";
            values.put(name.toString(), answer.values().getOrDefault(name.toString(), standard));
        }
        if (approver != null) {
            values.put(approver, answer.user());
        }
        if (values.isEmpty()) {
            return null;
        }
        return values.size() == 1 ? values.values().iterator().next() : values;
    }

    @Override
    public Outcome stop(Throwable reason) {
        build.answered(id);
        return new Outcome(null, reason);
    }

    @Override
    public boolean lively() {
        return build.attended;
    }

    @Override
    public String what() {
        return "input " + id + ": nobody answers, and nothing ends the wait";
    }
}
