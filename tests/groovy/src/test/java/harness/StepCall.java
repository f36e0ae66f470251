package harness;

import com.cloudbees.groovy.cps.Continuable;
import groovy.lang.Closure;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/** A step that a pipeline called: its program is suspended until the step has an outcome. */
final class StepCall implements Serializable {
    private static final long serialVersionUID = 1;

    final String name;
    final Map<String, Object> arguments;
    final Closure<?> body;

    private StepCall(String name, Map<String, Object> arguments, Closure<?> body) {
        this.name = name;
        this.arguments = arguments;
        this.body = body;
    }

    static Object suspend(String name, Object[] given) {
        return suspend(name, given, name);
    }

    /** Suspend for a step that a pipeline calls by another name, such as println. */
    static Object suspend(String name, Object[] given, String called) {
        if (!Steps.NAMES.contains(name)) {
            throw Steps.unknown(name);
        }
        if (Steps.SYMBOLS.contains(name)) {
            return symbol(name, given);
        }
        return Continuable.suspend(called, of(name, given));
    }

    /** Named arguments alone, or one that stands for the step's main one; a closure last is the body. */
    @SuppressWarnings("unchecked")
    private static StepCall of(String name, Object[] given) {
        int count = given.length;
        Closure<?> body = count > 0 && given[count - 1] instanceof Closure<?> last ? last : null;
        count -= body == null ? 0 : 1;
        Map<String, Object> arguments = new LinkedHashMap<>();
        if (count == 1 && given[0] instanceof Map<?, ?> named && !Steps.TAKES_A_MAP.contains(name)) {
            ((Map<Object, Object>) named).forEach((key, value) -> arguments.put(key.toString(), value));
        } else if (count == 1) {
            arguments.put(Steps.MAIN, given[0]);
        } else if (count > 1) {
            throw new IllegalArgumentException("Expected named arguments but got " + count + " values for " + name);
        }
        return new StepCall(name, arguments, body);
    }

    private static Object symbol(String name, Object[] given) {
        Map<String, Object> described = new LinkedHashMap<>(of(name, given).arguments);
        described.put("$class", name);
        return described;
    }

    String text(String key) {
        Object value = arguments.get(key);
        return value == null ? null : value.toString();
    }

    /** The argument by name, or the one that was given without a name. */
    Object main(String key) {
        return arguments.containsKey(key) ? arguments.get(key) : arguments.get(Steps.MAIN);
    }
}
