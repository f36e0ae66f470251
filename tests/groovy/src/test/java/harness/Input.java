package harness;

import hudson.AbortException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** `input`: who may answer, and what the step returns, as measured on a real controller. */
final class Input {
    private Input() {
    }

    static Object ask(StepCall call, Context context, Build build) throws Exception {
        Map<String, Object> given = call.arguments;
        String id = call.text("id");
        if (id != null && !id.isEmpty() && !id.matches("[A-Za-z0-9._:-]+")) {
            throw new IllegalArgumentException("InputStep id is required to be URL safe, but the provided id " + id + " is not safe");
        }
        List<?> parameters = given.get("parameters") == null ? List.of() : Steps.list(given.get("parameters"));
        String approver = call.text("submitterParameter");
        boolean form = !parameters.isEmpty() || approver != null;
        build.print(form ? "Input requested" : call.main("message") + "\nProceed or Abort");
        build.meanwhile.run();
        Answer answer = next(call, context, build);
        if (answer.kind() == Answer.Kind.ABORT) {
            build.print("Rejected by " + answer.user());
            throw new FlowInterruptedException("rejected");
        }
        build.print("Approved by " + answer.user());
        return answer.kind() == Answer.Kind.EMPTY ? null : value(parameters, approver, answer);
    }

    /** The first answer of somebody who may give one; Jenkins turns the others away and goes on waiting. */
    private static Answer next(StepCall call, Context context, Build build) throws FlowInterruptedException {
        while (!build.answers.isEmpty()) {
            Answer answer = build.answers.removeFirst();
            String submitter = call.text("submitter");
            boolean everybody = submitter == null || submitter.isBlank();
            if (everybody || answer.user().equals("admin")
                    || Arrays.stream(submitter.split(",")).anyMatch(one -> one.strip().equalsIgnoreCase(answer.user()))) {
                return answer;
            }
            build.print("You need to be " + submitter + " to submit this.");
        }
        if (context.deadline() == Long.MAX_VALUE) {
            throw new AssertionError("nobody answers, and nothing ends the wait");
        }
        build.clock = context.deadline();
        build.print("Cancelling nested steps due to timeout");
        build.print("Timeout has been exceeded");
        throw new FlowInterruptedException("timeout");
    }

    private static Object value(List<?> parameters, String approver, Answer answer) throws AbortException {
        Map<String, Object> values = new HashMap<>();
        for (Object each : parameters) {
            Map<?, ?> parameter = (Map<?, ?>) each;
            Object name = parameter.get("name");
            values.put(name.toString(), answer.values().getOrDefault(name.toString(), parameter.get("defaultValue")));
        }
        if (approver != null) {
            values.put(approver, answer.user());
        }
        if (values.isEmpty()) {
            return null;
        }
        return values.size() == 1 ? values.values().iterator().next() : values;
    }
}
