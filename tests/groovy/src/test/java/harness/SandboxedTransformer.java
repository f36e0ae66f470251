package harness;

import com.cloudbees.groovy.cps.CpsTransformer;
import com.cloudbees.groovy.cps.sandbox.Untrusted;
import org.codehaus.groovy.ast.ClassNode;
import org.codehaus.groovy.ast.MethodNode;
import org.codehaus.groovy.classgen.GeneratorContext;
import org.codehaus.groovy.control.SourceUnit;
import org.kohsuke.groovy.sandbox.SandboxTransformer;

/** CPS transformation for the sandbox: what is not transformed (@NonCPS) gets its calls checked one by one. */
final class SandboxedTransformer extends CpsTransformer {
    private SourceUnit source;
    private ClassNode script;

    @Override
    public void call(SourceUnit source, GeneratorContext context, ClassNode script) {
        this.source = source;
        this.script = script;
        super.call(source, context, script);
    }

    @Override
    protected Class getTrustTag() {
        return Untrusted.class;
    }

    @Override
    public void visitMethod(MethodNode method) {
        if (shouldBeTransformed(method)) {
            super.visitMethod(method);
        } else if (!method.isSynthetic() && method.getLineNumber() > 0) {
            new SandboxTransformer().createVisitor(source, script).visitMethod(method);
        }
    }
}
