package harness;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What surrounds a step: variables of its blocks, agent, folder, masked secrets, and the times by which it has to end. */
record Context(Map<String, String> variables, String node, String workspace, String folder, List<String> secrets, List<Deadline> deadlines)
        implements Serializable {
    /** A time in milliseconds; a class, so that two `timeout` of the same length differ. */
    static final class Deadline implements Serializable {
        private static final long serialVersionUID = 1;
        final long time;
        boolean over;

        Deadline(long time) {
            this.time = time;
        }
    }

    static Context outside() {
        return new Context(Map.of(), null, null, null, List.of(), List.of());
    }

    Context on(String name, String place, Map<String, String> known) {
        return new Context(with(known, List.of()).variables, name, place, place, secrets, deadlines);
    }

    Context in(String place) {
        return new Context(variables, node, workspace, place, secrets, deadlines);
    }

    Context until(Deadline more) {
        List<Deadline> all = new ArrayList<>(deadlines);
        all.add(more);
        return new Context(variables, node, workspace, folder, secrets, all);
    }

    /** With more variables and more to mask; an empty value takes a variable away, as withEnv does. */
    Context with(Map<String, String> more, List<String> masked) {
        Map<String, String> all = new LinkedHashMap<>(variables);
        more.forEach((name, value) -> {
            if (name.startsWith("PATH+") && all.containsKey(name)) {
                all.put(name, value + ":" + all.get(name));
            } else {
                all.put(name, value);
            }
        });
        List<String> hidden = new ArrayList<>(secrets);
        hidden.addAll(masked);
        return new Context(all, node, workspace, folder, hidden, deadlines);
    }

    /** The first time that is not over yet; null when nothing bounds the step. */
    Deadline next() {
        return deadlines.stream().filter(each -> !each.over).min((one, two) -> Long.compare(one.time, two.time)).orElse(null);
    }
}
