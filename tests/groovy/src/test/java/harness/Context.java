package harness;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What surrounds a step: variables, agent, folder, masked secrets, and the time by which it has to end. */
record Context(Map<String, String> variables, String node, String workspace, String folder, List<String> secrets, long deadline)
        implements Serializable {
    static Context outside(Map<String, String> variables) {
        return new Context(new LinkedHashMap<>(variables), null, null, null, List.of(), Long.MAX_VALUE);
    }

    Context on(String name, String place) {
        return new Context(variables, name, place, place, secrets, deadline);
    }

    Context in(String place) {
        return new Context(variables, node, workspace, place, secrets, deadline);
    }

    Context until(long time) {
        return new Context(variables, node, workspace, folder, secrets, Math.min(time, deadline));
    }

    /** With more variables; an empty value takes one away, as withEnv does. */
    Context with(Map<String, String> more, List<String> masked) {
        Map<String, String> all = new LinkedHashMap<>(variables);
        more.forEach((name, value) -> {
            if (value.isEmpty()) {
                all.remove(name);
            } else {
                all.put(name, value);
            }
        });
        List<String> hidden = new ArrayList<>(secrets);
        hidden.addAll(masked);
        return new Context(all, node, workspace, folder, hidden, deadline);
    }
}
