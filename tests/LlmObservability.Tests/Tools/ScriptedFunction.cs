using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

/// <summary>A function that does what the test says.</summary>
internal sealed class ScriptedFunction(string name, Func<AIFunctionArguments, CancellationToken, ValueTask<object?>> invoke) : AIFunction
{
    public override string Name => name;

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        invoke(arguments, cancellationToken);
}
