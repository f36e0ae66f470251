ruleset {
    description 'What breaks under CPS or in a pipeline, and what hides mistakes. Style is left to readers.'

    // Jenkins: each of these is a fault that shows at run time only; by themselves they look at src/ alone
    ClassNotSerializable { applyToFileNames = '*' }
    ClosureInGString { applyToFileNames = '*' }
    CpsCallFromNonCpsMethod { applyToFileNames = '*' }
    ExpressionInCpsMethodNotSerializable { applyToFileNames = '*' }
    ForbiddenCallInCpsMethod { applyToFileNames = '*' }
    ObjectOverrideOnlyNonCpsMethods { applyToFileNames = '*' }
    ParameterOrReturnTypeNotSerializable { applyToFileNames = '*' }

    // code that does not do what it looks like
    ruleset('rulesets/basic.xml') {
        exclude 'EmptyCatchBlock' // a step of a plug-in that is missing
    }
    ruleset('rulesets/imports.xml')
    ruleset('rulesets/unused.xml')
    GStringAsMapKey
    ReturnNullFromCatchBlock
    ThrowExceptionFromFinallyBlock
    CatchError
    CatchNullPointerException
    SystemExit
    PrintStackTrace
    Println
    LineLength { length = 150 }
    UnnecessarySemicolon
    SpaceAfterComma
    SpaceAroundOperator
    BracesForIfElse
    IfStatementBraces
    ElseBlockBraces
    ForStatementBraces
    WhileStatementBraces
}
