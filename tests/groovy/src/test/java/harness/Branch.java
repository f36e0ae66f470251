package harness;

import com.cloudbees.groovy.cps.Continuable;
import com.cloudbees.groovy.cps.Outcome;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One thread of a pipeline: its program, and above it one for each block that a step is in. */
final class Branch implements Serializable {
    private static final long serialVersionUID = 1;

    /** What a block step does with the outcome of its body; null when it waits for something first. */
    interface Block extends Serializable {
        Outcome ended(Outcome outcome, Program program);
    }

    static final class Frame implements Serializable {
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

    final int id;
    /** The branch whose `parallel` this one belongs to, and its name there; null for the pipeline itself. */
    final Branch parent;
    final String name;
    final List<Frame> frames = new ArrayList<>();
    /** What the code goes on with; null while a step is under way. */
    Outcome next = new Outcome(null, null);
    StepCall call;
    /** What the branches of its own `parallel` came to. */
    Map<String, Outcome> parts;
    int expected;
    boolean failFast;
    Throwable first;

    Branch(int id, Branch parent, String name) {
        this.id = id;
        this.parent = parent;
        this.name = name;
    }

    void split(int count, boolean fast) {
        parts = new LinkedHashMap<>();
        expected = count;
        failFast = fast;
        first = null;
    }

    Frame top() {
        return frames.get(frames.size() - 1);
    }

    Context context() {
        return top().context;
    }
}
