using LlmObservability;
using LlmObservability.Calls;
using LlmObservability.Tools;

namespace Microsoft.Extensions.AI;

/// <summary>Wraps tools, so that each invocation is recorded: its name, type, duration and outcome; never arguments or results.</summary>
/// <remarks>
/// <para>
/// A wrapped function behaves as the one inside: its name, schema and all else that it says of itself, what
/// <c>GetService</c> answers (so an approval that is required inside or around stays required), arguments, cancellation,
/// results and exceptions are passed through as they are.
/// </para>
/// <para>
/// An invocation inside a call under way is part of it. One after the call that asked for it has ended, as by a
/// function-invoking client around the wrapped client, is tied to that call. Any other is a record of its own, with the
/// operation <c>execute_tool</c>.
/// </para>
/// </remarks>
public static class LlmObservabilityToolExtensions
{
    /// <summary>Wraps a function.</summary>
    /// <param name="function">The function. Returned as it is when it is wrapped for the same observer already, also further in.</param>
    /// <param name="observer">The observer.</param>
    /// <param name="options">What the application says of the tool; null for nothing. Read now.</param>
    public static AIFunction WithLlmObservability(this AIFunction function, LlmObserver observer, LlmToolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(observer);
        return ObservedFunction.IsObserved(function, observer) ? function : new ObservedFunction(function, observer, options);
    }

    /// <summary>Wraps a function.</summary>
    /// <param name="function">The function. Returned as it is when it is wrapped for the same observer already, also further in.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of the tool; null for nothing. Read now.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static AIFunction WithLlmObservability(this AIFunction function, IServiceProvider services, LlmToolOptions? options = null) =>
        function.WithLlmObservability(ObservedClient.ObserverOf(services, "a tool"), options);

    /// <summary>Wraps a tool that can be invoked here; a mere declaration, and a tool that a provider hosts, is returned as it is.</summary>
    /// <param name="tool">The tool. Returned as it is when it is wrapped for the same observer already, also further in.</param>
    /// <param name="observer">The observer.</param>
    /// <param name="options">What the application says of the tool; null for nothing. Read now.</param>
    public static AITool WithLlmObservability(this AITool tool, LlmObserver observer, LlmToolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(observer);
        return tool is AIFunction function ? function.WithLlmObservability(observer, options) : tool;
    }

    /// <summary>Wraps a tool that can be invoked here; a mere declaration, and a tool that a provider hosts, is returned as it is.</summary>
    /// <param name="tool">The tool. Returned as it is when it is wrapped for the same observer already, also further in.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of the tool; null for nothing. Read now.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static AITool WithLlmObservability(this AITool tool, IServiceProvider services, LlmToolOptions? options = null) =>
        tool.WithLlmObservability(ObservedClient.ObserverOf(services, "a tool"), options);

    /// <summary>Wraps each tool that can be invoked here; the others are in the new list as they are.</summary>
    /// <param name="tools">The tools.</param>
    /// <param name="observer">The observer.</param>
    /// <param name="options">What the application says of all of them; null for nothing. Read now.</param>
    public static IList<AITool> WithLlmObservability(this IEnumerable<AITool> tools, LlmObserver observer, LlmToolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ArgumentNullException.ThrowIfNull(observer);
        return [.. tools.Select(tool => tool.WithLlmObservability(observer, options))];
    }

    /// <summary>Wraps each tool that can be invoked here; the others are in the new list as they are.</summary>
    /// <param name="tools">The tools.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of all of them; null for nothing. Read now.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static IList<AITool> WithLlmObservability(this IEnumerable<AITool> tools, IServiceProvider services, LlmToolOptions? options = null) =>
        tools.WithLlmObservability(ObservedClient.ObserverOf(services, "a tool"), options);
}
