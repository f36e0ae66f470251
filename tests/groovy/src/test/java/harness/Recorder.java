package harness;

import groovy.lang.Closure;
import groovy.lang.MetaMethod;
import groovy.lang.Script;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.codehaus.groovy.reflection.CachedMethod;
import org.codehaus.groovy.runtime.InvokerHelper;
import org.codehaus.groovy.runtime.MetaClassHelper;
import org.kohsuke.groovy.sandbox.GroovyInterceptor;

/** Notes down what sandboxed code uses of Java and Groovy, written as script-security writes signatures. */
final class Recorder extends GroovyInterceptor {
    final Set<String> signatures = new TreeSet<>();

    @Override
    public Object onMethodCall(Invoker invoker, Object receiver, String method, Object... given) throws Throwable {
        if (!(receiver instanceof Script) && !(receiver instanceof Closure)) {
            signatures.add(method(receiver, method, given));
        }
        return super.onMethodCall(invoker, receiver, method, given);
    }

    @Override
    public Object onStaticCall(Invoker invoker, Class receiver, String method, Object... given) throws Throwable {
        signatures.add("staticMethod " + receiver.getName() + " " + method + types(MetaClassHelper.convertToTypeArray(given)));
        return super.onStaticCall(invoker, receiver, method, given);
    }

    @Override
    public Object onNewInstance(Invoker invoker, Class receiver, Object... given) throws Throwable {
        signatures.add("new " + receiver.getName() + types(MetaClassHelper.convertToTypeArray(given)));
        return super.onNewInstance(invoker, receiver, given);
    }

    @Override
    public Object onGetProperty(Invoker invoker, Object receiver, String property) throws Throwable {
        if (!(receiver instanceof Script) && !(receiver instanceof java.util.Map)) {
            signatures.add("property " + receiver.getClass().getName() + " " + property);
        }
        return super.onGetProperty(invoker, receiver, property);
    }

    @Override
    public Object onSetProperty(Invoker invoker, Object receiver, String property, Object value) throws Throwable {
        if (!(receiver instanceof Script) && !(receiver instanceof java.util.Map)) {
            signatures.add("set property " + receiver.getClass().getName() + " " + property);
        }
        return super.onSetProperty(invoker, receiver, property, value);
    }

    private static String method(Object receiver, String name, Object[] given) {
        MetaMethod found = InvokerHelper.getMetaClass(receiver).pickMethod(name, MetaClassHelper.convertToTypeArray(given));
        if (found == null) {
            return "method " + receiver.getClass().getName() + " " + name;
        }
        String types = types(found.getNativeParameterTypes());
        if (found instanceof CachedMethod) {
            return "method " + found.getDeclaringClass().getName() + " " + name + types;
        }
        return "staticMethod (Groovy) " + name + " " + found.getDeclaringClass().getName() + types;
    }

    private static String types(Class<?>[] types) {
        return Arrays.stream(types).map(type -> " " + (type == null ? "null" : type.getTypeName())).collect(Collectors.joining());
    }
}
