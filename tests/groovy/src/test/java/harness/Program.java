package harness;

import com.cloudbees.groovy.cps.Continuable;
import com.cloudbees.groovy.cps.Continuation;
import com.cloudbees.groovy.cps.Env;
import com.cloudbees.groovy.cps.Envs;
import com.cloudbees.groovy.cps.ObjectInputStreamWithLoader;
import com.cloudbees.groovy.cps.Outcome;
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation;
import com.cloudbees.groovy.cps.impl.SourceLocation;
import com.cloudbees.groovy.cps.sandbox.Invoker;
import groovy.lang.Closure;
import groovy.lang.Script;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A running pipeline: the main program, and above it one for each block that a step is in. */
final class Program {
    /** What a block step does with the outcome of its body; null runs the body again, which `again` then holds. */
    interface Block extends Serializable {
        Outcome ended(Outcome outcome, Program program);
    }

    private static final class Frame implements Serializable {
        private static final long serialVersionUID = 1;
        final Continuable code;
        final Context context;
        final Block block;

        Frame(Continuable code, Context context, Block block) {
            this.code = code;
            this.context = context;
            this.block = block;
        }
    }

    private final Build build;
    private final Invoker invoker;
    private List<Frame> frames = new ArrayList<>();

    Program(Build build, Invoker invoker) {
        this.build = build;
        this.invoker = invoker;
    }

    Context context() {
        return frames.get(frames.size() - 1).context;
    }

    /** Run to the end; every step suspends, and the whole program is written and read back before it goes on. */
    Outcome run(Script script, Context context) {
        Env surroundings = Envs.empty(invoker);
        frames.add(new Frame(new Continuable(script, surroundings), context, null));
        Outcome next = new Outcome(null, null);
        while (true) {
            Frame top = frames.get(frames.size() - 1);
            Outcome outcome = top.code.run0(next, Iteration.CATEGORIES);
            build.failOnMismatch();
            if (top.code.isResumable()) {
                next = step((StepCall) outcome.getNormal());
                continue;
            }
            frames.remove(frames.size() - 1);
            if (top.block == null) {
                return outcome;
            }
            next = top.block.ended(outcome, this);
        }
    }

    /** Start the body of a block step; it begins with the next turn. */
    Outcome enter(Closure<?> body, Context context, Block block) {
        Outcome ended;
        try {
            ended = new Outcome(body.call(), null);
        } catch (CpsCallableInvocation invocation) {
            Continuable code = new Continuable(invocation.invoke(Envs.empty(invoker), SourceLocation.UNKNOWN, Continuation.HALT));
            frames.add(new Frame(code, context, block));
            return new Outcome(null, null);
        } catch (RuntimeException problem) {
            ended = new Outcome(null, problem);
        }
        return block.ended(ended, this);
    }

    private Outcome step(StepCall call) {
        StepCall kept = restored(call);
        try {
            return Steps.start(kept, this, build);
        } catch (Exception | NoSuchMethodError problem) {
            return new Outcome(null, problem);
        }
    }

    @SuppressWarnings("unchecked")
    private StepCall restored(StepCall call) {
        boolean restart = build.restarts(call.name);
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(new Object[] {frames, call, new java.util.HashMap<>(build.library().variables())});
            }
            if (restart) {
                build.library().restart();
            }
            try (ObjectInputStreamWithLoader in =
                    new ObjectInputStreamWithLoader(new ByteArrayInputStream(bytes.toByteArray()), build.library().loader())) {
                Object[] read = (Object[]) in.readObject();
                frames = (List<Frame>) read[0];
                build.library().variables().clear();
                build.library().variables().putAll((Map<String, Script>) read[2]);
                return (StepCall) read[1];
            }
        } catch (IOException | ClassNotFoundException problem) {
            throw new AssertionError("the program can't be saved at " + call.name + ": " + problem, problem);
        }
    }
}
