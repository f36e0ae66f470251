package harness;

import com.cloudbees.groovy.cps.Continuable;
import com.cloudbees.groovy.cps.Continuation;
import com.cloudbees.groovy.cps.Envs;
import com.cloudbees.groovy.cps.ObjectInputStreamWithLoader;
import com.cloudbees.groovy.cps.Outcome;
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation;
import com.cloudbees.groovy.cps.impl.SourceLocation;
import com.cloudbees.groovy.cps.sandbox.Invoker;
import groovy.lang.Closure;
import groovy.lang.Script;
import harness.Branch.Frame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** A running pipeline: its branches take turns, from one step to the next, and everything is written and read back at each step. */
final class Program {
    /** Milliseconds: a hang ends some time, a slow machine is none. */
    private static final long PATIENCE = 900_000;

    private final Build build;
    private final Invoker invoker;
    private List<Branch> branches = new ArrayList<>();
    private final Map<Integer, Waiting> waiting = new HashMap<>();
    private Branch current;
    private int ids;
    private Outcome end;

    Program(Build build, Invoker invoker) {
        this.build = build;
        this.invoker = invoker;
    }

    Context context() {
        return current == null || current.frames.isEmpty() ? Context.outside() : current.context();
    }

    Branch current() {
        return current;
    }

    Outcome run(Script script) {
        current = new Branch(ids++, null, "");
        current.frames.add(new Frame(new Continuable(script, Envs.empty(invoker)), Context.outside(), null));
        branches.add(current);
        long still = System.currentTimeMillis();
        while (end == null) {
            interruptions();
            if (turn()) {
                still = System.currentTimeMillis();
            } else if (end == null) {
                idle(still);
            }
        }
        return end;
    }

    /** Each branch that can goes on to its next step; false when all of them wait. */
    private boolean turn() {
        boolean moved = false;
        for (int id : branches.stream().map(branch -> branch.id).toList()) {
            Branch branch = find(id);
            if (branch == null || end != null) {
                continue;
            }
            current = branch;
            if (branch.next != null) {
                advance(branch);
                moved = true;
            } else if (waiting.containsKey(id)) {
                Outcome outcome = attempt(() -> waiting.get(id).ask());
                moved |= outcome != null;
                settle(branch, outcome);
            }
        }
        return moved;
    }

    private Branch find(int id) {
        return branches.stream().filter(branch -> branch.id == id).findFirst().orElse(null);
    }

    private void settle(Branch branch, Outcome outcome) {
        if (outcome != null) {
            waiting.remove(branch.id);
            branch.next = outcome;
        }
    }

    private void advance(Branch branch) {
        Frame top = branch.top();
        Outcome before = branch.next;
        branch.next = null;
        Outcome outcome = top.code.run0(before, Iteration.CATEGORIES);
        build.failOnMismatch();
        if (top.code.isResumable()) {
            branch.call = (StepCall) outcome.getNormal();
            save(branch.call.name);
            current = find(branch.id);
            StepCall call = current.call;
            settle(current, attempt(() -> Steps.start(call, this, build)));
            return;
        }
        if (outcome.getAbnormal() instanceof AssertionError broken) {
            throw broken;
        }
        if (top.block != null) {
            // the block's own context is that around it
            branch.frames.remove(branch.frames.size() - 1);
            settle(branch, top.block.ended(outcome, this));
        } else {
            branches.remove(branch);
            finished(branch, outcome);
        }
    }

    private interface Action {
        Outcome perform() throws Exception;
    }

    private static Outcome attempt(Action action) {
        try {
            return action.perform();
        } catch (Exception | NoSuchMethodError problem) {
            return new Outcome(null, problem);
        }
    }

    private void finished(Branch branch, Outcome outcome) {
        if (branch.parent == null) {
            end = outcome;
            return;
        }
        Branch parent = find(branch.parent.id);
        parent.parts.put(branch.name, outcome);
        if (outcome.isFailure()) {
            parent.first = parent.first == null ? outcome.getAbnormal() : parent.first;
            build.print("Failed in branch " + branch.name);
            if (parent.failFast) {
                branches.stream().filter(other -> within(other, parent)).toList()
                        .forEach(other -> interrupt(other, new FlowInterruptedException("ABORTED", "failed in " + branch.name, false)));
            }
        }
        if (parent.parts.size() == parent.expected) {
            Map<String, Object> values = new HashMap<>();
            parent.parts.forEach((name, part) -> values.put(name, part.getNormal()));
            settle(parent, parent.first == null ? new Outcome(values, null) : new Outcome(null, parent.first));
        }
    }

    private static boolean within(Branch branch, Branch ancestor) {
        for (Branch each = branch.parent; each != null; each = each.parent) {
            if (each.id == ancestor.id) {
                return true;
            }
        }
        return false;
    }

    /** Start the body of a block step; it begins with the next turn. */
    Outcome enter(Closure<?> body, Context context, Branch.Block block) {
        Branch branch = current;
        try {
            return block.ended(new Outcome(body.call(), null), this);
        } catch (CpsCallableInvocation invocation) {
            branch.frames.add(new Frame(code(invocation), context, block));
            return new Outcome(null, null);
        } catch (RuntimeException problem) {
            return block.ended(new Outcome(null, problem), this);
        }
    }

    private Continuable code(CpsCallableInvocation invocation) {
        return new Continuable(invocation.invoke(Envs.empty(invoker), SourceLocation.UNKNOWN, Continuation.HALT));
    }

    /** Split the current branch: it goes on when all of its parts have ended. */
    Outcome split(Map<String, Closure<?>> bodies, boolean failFast) {
        Branch parent = current;
        if (bodies.isEmpty()) {
            return new Outcome(Map.of(), null);
        }
        parent.split(bodies.size(), failFast);
        waiting.put(parent.id, new Parts());
        bodies.forEach((name, body) -> {
            Branch part = new Branch(ids++, parent, name);
            try {
                finished(part, new Outcome(body.call(), null));
            } catch (CpsCallableInvocation invocation) {
                part.frames.add(new Frame(code(invocation), parent.context(), null));
                branches.add(part);
            }
        });
        return null;
    }

    private static final class Parts implements Waiting {
        @Override
        public Outcome ask() {
            return null;
        }

        @Override
        public Outcome stop(Throwable reason) {
            return null;
        }

        @Override
        public String what() {
            return "parallel";
        }
    }

    /** Let the current branch wait for a step. */
    Outcome await(Waiting step) {
        waiting.put(current.id, step);
        return null;
    }

    private void interruptions() {
        Throwable reason = build.interruption();
        if (reason != null) {
            List.copyOf(branches).forEach(branch -> interrupt(branch, reason));
        }
        for (Branch branch : List.copyOf(branches)) {
            Context.Deadline deadline = branch.context().next();
            if (deadline != null && deadline.time <= build.now()) {
                deadline.over = true;
                current = branch;
                build.print("Cancelling nested steps due to timeout");
                for (Branch other : List.copyOf(branches)) {
                    if (other.context().deadlines().contains(deadline)) {
                        interrupt(other, new FlowInterruptedException("ABORTED", "timeout", false));
                    }
                }
            }
        }
    }

    private void interrupt(Branch branch, Throwable reason) {
        Waiting step = waiting.get(branch.id);
        if (step != null) {
            current = branch;
            settle(branch, step.stop(reason));
        } else if (branch.next != null && branch.parts == null) {
            branch.next = new Outcome(null, reason);
        }
    }

    /** All branches wait: for a process or another build, for the clock, or for ever. */
    private void idle(long since) {
        if (waiting.values().stream().anyMatch(Waiting::lively)) {
            if (System.currentTimeMillis() - since > PATIENCE) {
                throw new AssertionError("nothing has happened for long: " + all());
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException stopped) {
                throw new AssertionError("the test was stopped", stopped);
            }
            return;
        }
        long next = Long.MAX_VALUE;
        for (Branch branch : branches) {
            Context.Deadline deadline = branch.context().next();
            next = Math.min(next, deadline == null ? Long.MAX_VALUE : deadline.time);
            next = Math.min(next, waiting.containsKey(branch.id) ? waiting.get(branch.id).wakes() : Long.MAX_VALUE);
        }
        if (next == Long.MAX_VALUE) {
            throw new AssertionError("it waits for ever: " + all());
        }
        build.passTime(next);
    }

    private String all() {
        return String.join(", ", new TreeMap<>(waiting).values().stream().map(Waiting::what).toList());
    }

    @SuppressWarnings("unchecked")
    private void save(String step) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(new Object[] {branches, new HashMap<>(build.library().variables())});
            }
            build.saved.merge(step, bytes.size(), Math::max);
            if (build.restarts(step)) {
                build.library().restart();
            }
            try (ObjectInputStreamWithLoader in =
                    new ObjectInputStreamWithLoader(new ByteArrayInputStream(bytes.toByteArray()), build.library().loader())) {
                Object[] read = (Object[]) in.readObject();
                branches = (List<Branch>) read[0];
                build.library().variables().clear();
                build.library().variables().putAll((Map<String, Script>) read[1]);
            }
        } catch (IOException | ClassNotFoundException problem) {
            throw new AssertionError("the program can't be saved at " + step + ": " + problem, problem);
        }
    }
}
