package harness;

import java.util.HashMap;
import java.util.Map;

/** What started a build, as Jenkins tells it. */
public final class Causes {
    private Causes() {
    }

    /** Somebody pressed the button; null for one who is not logged in. */
    public static Map<String, Object> user(String id) {
        Map<String, Object> cause = cause("hudson.model.Cause$UserIdCause", "Started by user " + (id == null ? "anonymous" : id));
        cause.put("userId", id);
        cause.put("userName", id == null ? "anonymous" : id);
        return cause;
    }

    /** Somebody replayed an earlier build: another cause names who. */
    public static Map<String, Object> replay(int number) {
        return cause("org.jenkinsci.plugins.workflow.cps.replay.ReplayCause", "Replayed #" + number);
    }

    public static Map<String, Object> change() {
        return cause("hudson.triggers.SCMTrigger$SCMTriggerCause", "Started by an SCM change");
    }

    public static Map<String, Object> push(String branch) {
        return cause("jenkins.branch.BranchEventCause", "Push event to branch " + branch);
    }

    public static Map<String, Object> timer() {
        return cause("hudson.triggers.TimerTrigger$TimerTriggerCause", "Started by timer");
    }

    /** A request with the token of the job. */
    public static Map<String, Object> remote(String host, String note) {
        return cause("hudson.model.Cause$RemoteCause", "Started by remote host " + host + " with note: " + note);
    }

    static Map<String, Object> upstream(Build build) {
        Map<String, Object> cause = cause("org.jenkinsci.plugins.workflow.support.steps.build.BuildUpstreamCause",
                "Started by upstream project \"" + build.job + "\" build number " + build.number);
        cause.put("upstreamProject", build.job);
        cause.put("upstreamBuild", build.number);
        cause.put("upstreamUrl", "job/" + build.job.replace("/", "/job/") + "/");
        return cause;
    }

    private static Map<String, Object> cause(String type, String description) {
        return new HashMap<>(Map.of("_class", type, "shortDescription", description));
    }
}
