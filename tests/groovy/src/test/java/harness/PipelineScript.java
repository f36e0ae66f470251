package harness;

import com.cloudbees.groovy.cps.SerializableScript;
import groovy.lang.MissingPropertyException;
import org.codehaus.groovy.runtime.InvokerHelper;

/** The base class of pipelines and vars: a name that is no method of the script is a var of the library, then a step. */
public abstract class PipelineScript extends SerializableScript {
    private static final long serialVersionUID = 1;

    @Override
    public Object invokeMethod(String name, Object args) {
        Object variable = Build.current().library().find(name);
        if (variable != null) {
            return InvokerHelper.getMetaClass(variable).invokeMethod(variable, "call", InvokerHelper.asArray(args));
        }
        if (name.equals("script")) {
            // of declarative pipelines: what is inside is scripted
            Object model = Build.current().library().find(Declarative.MODEL);
            return InvokerHelper.getMetaClass(model).invokeMethod(model, name, InvokerHelper.asArray(args));
        }
        return StepCall.suspend(name, InvokerHelper.asArray(args));
    }

    @Override
    public Object getProperty(String name) {
        if (getBinding().hasVariable(name)) {
            return getBinding().getVariable(name);
        }
        Object global = Globals.find(name);
        Object found = global != null ? global : Build.current().library().find(name);
        if (found == null) {
            found = Globals.variable(name);
        }
        if (found == null) {
            throw new MissingPropertyException(name, getClass());
        }
        return found;
    }

    public Object sleep(long seconds) {
        return StepCall.suspend("sleep", new Object[] {seconds});
    }

    @Override
    public void println(Object text) {
        StepCall.suspend("echo", new Object[] {String.valueOf(text)}, "println");
    }
}
