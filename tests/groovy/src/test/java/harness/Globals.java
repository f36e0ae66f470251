package harness;

import groovy.lang.GroovyObjectSupport;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The objects that every pipeline sees: they hold nothing themselves, so that a restart finds them again. */
final class Globals {
    private Globals() {
    }

    static Object find(String name) {
        return switch (name) {
            case "env" -> new Env();
            case "params" -> new LinkedHashMap<>(Build.current().parameters);
            case "currentBuild" -> new CurrentBuild();
            case "scm" -> "scm";
            default -> null;
        };
    }

    /** Variables; one that does not exist is null. */
    public static final class Env extends GroovyObjectSupport implements Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public Object getProperty(String name) {
            return Build.current().context().variables().get(name);
        }

        @Override
        public void setProperty(String name, Object value) {
            Build.current().setVariable(name, value == null ? "" : value.toString());
        }
    }

    /** What a pipeline may read and set of its own build. */
    public static final class CurrentBuild implements Serializable {
        private static final long serialVersionUID = 1;

        public String getDisplayName() {
            String name = Build.current().displayName;
            return name == null ? "#" + getNumber() : name;
        }

        public void setDisplayName(String name) {
            Build.current().displayName = name;
        }

        public String getDescription() {
            return Build.current().description;
        }

        public void setDescription(String text) {
            Build.current().description = text;
        }

        public int getNumber() {
            return Build.current().number;
        }

        public String getAbsoluteUrl() {
            return Build.current().url();
        }

        public String getFullProjectName() {
            return Build.current().job;
        }

        public String getResult() {
            return Build.current().result;
        }

        public String getCurrentResult() {
            return Build.current().result == null ? "SUCCESS" : Build.current().result;
        }

        public void setResult(String result) {
            Build.current().result = result;
        }

        public List<Map<String, Object>> getBuildCauses() {
            return new ArrayList<>(Build.current().causes);
        }

        public List<Map<String, Object>> getBuildCauses(String type) {
            return new ArrayList<>(Build.current().causes.stream().filter(cause -> type.equals(cause.get("_class"))).toList());
        }
    }
}
