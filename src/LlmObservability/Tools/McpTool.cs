using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tools;

/// <summary>Recognises the tools of the package ModelContextProtocol, which is not referenced.</summary>
internal static class McpTool
{
    private const string ClientTool = "ModelContextProtocol.Client.McpClientTool";
    private const int MaxDepth = 64;

    /// <summary>Whether a function is one, by its type's name: its own or, through wrappers, that of a function further in.</summary>
    public static bool Is(AIFunction function)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            if (IsByType(function.GetType()))
            {
                return true;
            }

            if (function is not DelegatingAIFunction wrapper)
            {
                return false;
            }

            function = Inner(wrapper);
        }

        return false;
    }

    /// <summary>Whether a result is the error that a server answered with: nothing is thrown then.</summary>
    public static bool IsError(object? result) =>
        result is JsonElement { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty("isError", out var error) && error.ValueKind == JsonValueKind.True;

    private static bool IsByType(Type? type)
    {
        for (; type is not null && type != typeof(AIFunction); type = type.BaseType)
        {
            if (type.FullName == ClientTool)
            {
                return true;
            }
        }

        return false;
    }

    // Protected, and so as stable as the class itself; nothing public leads inwards without the type's being known.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_InnerFunction")]
    private static extern AIFunction Inner(DelegatingAIFunction wrapper);
}
