package harness;

import groovy.lang.Closure;
import groovy.lang.GroovyObject;
import groovy.lang.MissingPropertyException;
import groovy.lang.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.codehaus.groovy.runtime.GStringImpl;
import org.codehaus.groovy.runtime.MetaClassHelper;
import org.codehaus.groovy.runtime.ScriptBytecodeAdapter;
import org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException;
import org.kohsuke.groovy.sandbox.GroovyInterceptor;

/** The sandbox of a folder library: lets the listed signatures through, rejects all else, and notes down what was used. */
final class Guard extends GroovyInterceptor {
    /** The reviewed list; -Dwhitelist names another one, to see what a new var would need of script-security's own. */
    private static final Path LIST = Path.of(System.getProperty("whitelist",
            System.getProperty("repository") + "/tests/groovy/sandbox-signatures.txt"));
    private static final Set<String> LISTED = listed();
    /** What the vars used since it was asked for last: a line of the list that no test needs is one too many. */
    private static final Set<String> REVIEWED = ConcurrentHashMap.newKeySet();
    private static final Set<String> ARITHMETIC = Set.of("plus", "minus", "multiply", "div", "compareTo", "or", "and", "xor", "intdiv", "mod");

    private final Set<String> used;

    Guard(Set<String> used) {
        this.used = used;
    }

    /** What the vars used since the last call. */
    static Set<String> taken() {
        Set<String> all = new TreeSet<>(REVIEWED);
        REVIEWED.removeAll(all);
        return all;
    }

    static Set<String> listed() {
        try {
            return new TreeSet<>(Files.readAllLines(LIST).stream().filter(line -> !line.isBlank() && !line.startsWith("#")).toList());
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** True when one of them is permitted; the first that is listed is what was used. */
    private boolean permits(List<? extends Executable> candidates) {
        for (Executable each : candidates) {
            if (ofJenkins(each) || ofScript(each)) {
                return true;
            }
            String signature = Signatures.written(each);
            if (LISTED.contains(signature)) {
                used.add(signature);
                if (Build.current().reviewed) {
                    REVIEWED.add(signature);
                }
                return true;
            }
        }
        return false;
    }

    private static boolean ofJenkins(Executable each) {
        return each.isAnnotationPresent(Globals.Whitelisted.class) || each.getDeclaringClass() == PipelineScript.class;
    }

    /** Classes that the pipeline and its libraries define are theirs. */
    private static boolean ofScript(Executable each) {
        return each.getDeclaringClass().getClassLoader() == Build.current().library().loader();
    }

    private static RejectedAccessException rejected(Executable each) {
        return new RejectedAccessException(Signatures.written(each));
    }

    @Override
    public Object onMethodCall(Invoker invoker, Object receiver, String name, Object... given) throws Throwable {
        Method method = Signatures.method(receiver, name, given);
        // a name that is no method of the script means a step or another var; println means echo
        if (receiver instanceof Script && (name.equals("invokeMethod") || name.equals("println"))) {
            return super.onMethodCall(invoker, receiver, name, given);
        }
        if (method != null) {
            if (permits(List.of(method))) {
                return super.onMethodCall(invoker, receiver, name, given);
            }
            throw rejected(method);
        }
        List<Method> added = Signatures.added(receiver, name, given);
        boolean free = receiver instanceof Number && ARITHMETIC.contains(name) || receiver instanceof GroovyObject && added.isEmpty()
                || receiver instanceof Map<?, ?> map && map.get(name) instanceof Closure;
        if (free || permits(added)) {
            return super.onMethodCall(invoker, receiver, name, given);
        }
        if (added.isEmpty()) {
            throw new groovy.lang.MissingMethodException(name, receiver.getClass(), given);
        }
        throw rejected(added.get(0));
    }

    @Override
    public Object onStaticCall(Invoker invoker, Class receiver, String name, Object... given) throws Throwable {
        // the CPS transformer's own calls for a typed variable and for `as`
        if (receiver == ScriptBytecodeAdapter.class && (name.equals("castToType") || name.equals("asType"))) {
            return super.onStaticCall(invoker, receiver, name, given);
        }
        Method method = Signatures.ofClass(receiver, name, given);
        if (method == null) {
            throw new RejectedAccessException("staticMethod " + receiver.getName() + " " + name);
        }
        if (!permits(List.of(method))) {
            throw rejected(method);
        }
        return super.onStaticCall(invoker, receiver, name, given);
    }

    @Override
    public Object onNewInstance(Invoker invoker, Class receiver, Object... given) throws Throwable {
        if (receiver == GStringImpl.class) {
            return super.onNewInstance(invoker, receiver, given);
        }
        Constructor<?> found = Signatures.constructor(receiver, given);
        if (found == null) {
            throw new RejectedAccessException("new " + receiver.getName());
        }
        if (!permits(List.of(found))) {
            throw rejected(found);
        }
        return super.onNewInstance(invoker, receiver, given);
    }

    @Override
    public Object onGetProperty(Invoker invoker, Object receiver, String property) throws Throwable {
        String capital = MetaClassHelper.capitalize(property);
        boolean free = receiver instanceof Script || receiver.getClass().isArray() && property.equals("length");
        if (!free) {
            allow(receiver, property, accessors(receiver, new String[] {"get" + capital, "is" + capital}, "getProperty", property));
        }
        return super.onGetProperty(invoker, receiver, property);
    }

    @Override
    public Object onSetProperty(Invoker invoker, Object receiver, String property, Object value) throws Throwable {
        if (!(receiver instanceof Script)) {
            String[] setter = {"set" + MetaClassHelper.capitalize(property)};
            allow(receiver, property, accessors(receiver, setter, "setProperty", property, value));
        }
        return super.onSetProperty(invoker, receiver, property, value);
    }

    /** The methods that a property may mean: its own, one that Groovy adds, or the general one of a GroovyObject. */
    private static List<Method> accessors(Object receiver, String[] names, String general, Object... given) {
        Object[] value = java.util.Arrays.copyOfRange(given, 1, given.length);
        List<Method> all = new ArrayList<>();
        for (String name : names) {
            Method own = Signatures.method(receiver, name, value);
            if (own != null) {
                all.add(own);
            }
            all.addAll(Signatures.added(receiver, name, value));
        }
        Method last = Signatures.method(receiver, general, given);
        if (last != null && !(receiver instanceof Closure)) {
            all.add(Globals.Env.class == receiver.getClass() ? Signatures.ofClass(Globals.Env.class, general, given) : last);
        }
        return all;
    }

    private void allow(Object receiver, String property, List<Method> meant) {
        if (meant.isEmpty()) {
            throw new MissingPropertyException("No such field found: field " + receiver.getClass().getName() + " " + property);
        }
        if (!permits(meant)) {
            throw rejected(meant.get(0));
        }
    }

    @Override
    public Object onGetAttribute(Invoker invoker, Object receiver, String attribute) {
        throw new RejectedAccessException("field " + receiver.getClass().getName() + " " + attribute);
    }

    @Override
    public Object onSetAttribute(Invoker invoker, Object receiver, String attribute, Object value) {
        throw new RejectedAccessException("field " + receiver.getClass().getName() + " " + attribute);
    }

    @Override
    public Object onGetArray(Invoker invoker, Object receiver, Object index) throws Throwable {
        if (!(receiver.getClass().isArray() && index instanceof Integer)) {
            indexed(receiver, "getAt", index);
        }
        return super.onGetArray(invoker, receiver, index);
    }

    @Override
    public Object onSetArray(Invoker invoker, Object receiver, Object index, Object value) throws Throwable {
        if (!(receiver.getClass().isArray() && index instanceof Integer)) {
            indexed(receiver, "putAt", index, value);
        }
        return super.onSetArray(invoker, receiver, index, value);
    }

    private void indexed(Object receiver, String name, Object... given) {
        Method own = Signatures.method(receiver, name, given);
        List<Method> meant = own != null ? List.of(own) : Signatures.added(receiver, name, given);
        if (meant.isEmpty()) {
            throw new RejectedAccessException("method " + receiver.getClass().getName() + "[" + given[0].getClass().getName() + "]");
        }
        if (!permits(meant)) {
            throw rejected(meant.get(0));
        }
    }
}
