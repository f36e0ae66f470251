package harness;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** What became of each test: of each run of a parameterized one, and of a class that could not even begin. */
final class Report implements TestExecutionListener {
    private final List<Map<String, String>> tests = new ArrayList<>();

    List<Map<String, String>> tests() {
        return List.copyOf(tests);
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        note(test, "SKIPPED", reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest() || result.getStatus() != Status.SUCCESSFUL) {
            note(test, result.getStatus().name(), result.getThrowable().map(Report::trace).orElse(""));
        }
    }

    private void note(TestIdentifier test, String outcome, String problem) {
        tests.add(Map.of("name", test.getDisplayName(), "outcome", outcome, "problem", problem));
    }

    private static String trace(Throwable problem) {
        StringWriter text = new StringWriter();
        problem.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
