using System.Text.Json;
using Microsoft.Extensions.AI;

// As the package names it: the name is what a tool over the protocol is recognised by.
namespace ModelContextProtocol.Client;

/// <summary>Stands for the package's class: an error is a result.</summary>
internal sealed class McpClientTool(bool fails) : AIFunction
{
    public override string Name => "weather";

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        new(JsonSerializer.SerializeToElement(new { content = Array.Empty<string>(), isError = fails }));
}
