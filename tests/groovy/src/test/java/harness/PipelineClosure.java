package harness;

import com.cloudbees.groovy.cps.Block;
import com.cloudbees.groovy.cps.Env;
import com.cloudbees.groovy.cps.impl.CpsClosure;
import java.util.List;
import org.codehaus.groovy.runtime.InvokerHelper;

/** A closure of a pipeline: what Groovy would add to every object under the name of a step means the step. */
public class PipelineClosure extends CpsClosure {
    private static final long serialVersionUID = 1;

    public PipelineClosure(Object owner, Object thisObject, List<String> parameters, Block code, Env capture) {
        super(owner, thisObject, parameters, code, capture);
    }

    @Globals.Whitelisted
    public Object sleep(long seconds) {
        return InvokerHelper.invokeMethod(getOwner(), "sleep", seconds);
    }

    @Globals.Whitelisted
    public void println(Object text) {
        InvokerHelper.invokeMethod(getOwner(), "println", new Object[] {text});
    }
}
