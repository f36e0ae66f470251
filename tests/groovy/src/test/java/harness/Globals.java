package harness;

import groovy.lang.GroovyObjectSupport;
import java.io.Serializable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The objects that every pipeline sees: they hold nothing themselves, so that a restart finds them again. */
final class Globals {
    private Globals() {
    }

    /** What Jenkins lets the sandbox call on its own objects. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Whitelisted {
    }

    static Object find(String name) {
        return switch (name) {
            case "env" -> new Env();
            case "params" -> Collections.unmodifiableMap(new LinkedHashMap<>(Build.current().parameters));
            case "currentBuild" -> new CurrentBuild();
            case "scm" -> "scm";
            default -> null;
        };
    }

    static String variable(String name) {
        Build build = Build.current();
        String inner = build.context().variables().get(name);
        String value = inner != null ? inner : build.variables.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Variables; one that does not exist is null. */
    public static final class Env extends GroovyObjectSupport implements Serializable {
        private static final long serialVersionUID = 1;

        @Override
        @Whitelisted
        public Object getProperty(String name) {
            return variable(name);
        }

        @Override
        @Whitelisted
        public void setProperty(String name, Object value) {
            Build.current().variables.put(name, value == null ? "" : value.toString());
        }

        public Map<String, String> getEnvironment() {
            Map<String, String> all = new LinkedHashMap<>(Build.current().variables);
            all.putAll(Build.current().context().variables());
            return all;
        }
    }

    /** What a pipeline may read and set of its own build. */
    public static final class CurrentBuild implements Serializable {
        private static final long serialVersionUID = 1;

        @Whitelisted
        public String getDisplayName() {
            String name = Build.current().displayName;
            return name == null ? "#" + getNumber() : name;
        }

        @Whitelisted
        public void setDisplayName(String name) {
            Build.current().displayName = name;
        }

        @Whitelisted
        public String getDescription() {
            return Build.current().description;
        }

        @Whitelisted
        public void setDescription(String text) {
            Build.current().description = text;
        }

        @Whitelisted
        public int getNumber() {
            return Build.current().number;
        }

        @Whitelisted
        public String getResult() {
            return Build.current().result;
        }

        @Whitelisted
        public String getCurrentResult() {
            return Build.current().result == null ? "SUCCESS" : Build.current().result;
        }

        @Whitelisted
        public void setResult(String result) {
            Build.current().worsen(result);
        }

        @Whitelisted
        public List<Object> getUpstreamBuilds() {
            return new ArrayList<>(IntStream.range(0, Build.current().upstreamBuilds().size()).mapToObj(UpstreamBuild::new).toList());
        }

        @Whitelisted
        public List<Map<String, Object>> getBuildCauses() {
            return told(Build.current().causes);
        }

        public Object getRawBuild() {
            return Build.current();
        }
    }

    /** What a pipeline may read of a build that it comes from. */
    public static final class UpstreamBuild implements Serializable {
        private static final long serialVersionUID = 1;

        private final int place;

        UpstreamBuild(int place) {
            this.place = place;
        }

        private Build build() {
            return Build.current().upstreamBuilds().get(place);
        }

        @Whitelisted
        public List<Map<String, Object>> getBuildCauses() {
            return told(build().causes);
        }
    }

    /** As json-lib tells it: what is null is an object that Groovy takes for true. */
    private static List<Map<String, Object>> told(List<Map<String, Object>> causes) {
        List<Map<String, Object>> told = new ArrayList<>();
        for (Map<String, Object> cause : causes) {
            Map<String, Object> copy = new HashMap<>(cause);
            copy.replaceAll((name, value) -> value == null ? JsonNull.NULL : value);
            told.add(copy);
        }
        return told;
    }
}
