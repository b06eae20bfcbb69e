using System.Diagnostics;
using LlmObservability.Tags;
using LlmObservability.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tools;

/// <summary>
/// The wrapper: passes everything through unchanged and records each invocation once. What it does beside the invocation is
/// guarded; the caller sees the inner function's result and exceptions, and nothing else.
/// </summary>
internal sealed class ObservedFunction : DelegatingAIFunction
{
    private const int MaxType = 64;

    public ObservedFunction(AIFunction inner, LlmObserver observer, LlmToolOptions? options)
        : base(inner)
    {
        Observer = observer;
        observer.ToolRequests.Wanted = true;
        (ToolName, ToolType) = Describe(inner, observer, options);
        Series = observer.Telemetry.Tools.Series(ToolName, ToolType);
    }

    public LlmObserver Observer { get; }

    /// <summary>Its name, storable.</summary>
    public string ToolName { get; }

    public string ToolType { get; }

    public ToolSeries Series { get; }

    /// <summary>Whether a function is a wrapper of the same observer, or has one further in.</summary>
    public static bool IsObserved(AIFunction function, LlmObserver observer)
    {
        var observed = function.GetService<ObservedFunction>();
        while (observed is not null && !ReferenceEquals(observed.Observer, observer))
        {
            observed = observed.InnerFunction.GetService<ObservedFunction>();
        }

        return observed is not null;
    }

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        return Observer.Enabled && OpenToolCall.TryBegin(this, out var call)
            ? Observe(call, arguments, cancellationToken)
            : base.InvokeCoreAsync(arguments, cancellationToken);
    }

    /// <summary>Not an async method: a function that completes at once costs no state machine.</summary>
    private ValueTask<object?> Observe(OpenToolCall call, AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ValueTask<object?> running;
        var current = Activity.Current;
        call.TryEnter();
        try
        {
            running = base.InvokeCoreAsync(arguments, cancellationToken);
        }
        catch (Exception error)
        {
            call.Leave(current);
            call.Fail(error, cancellationToken);
            throw;
        }

        call.Leave(current);
        if (!running.IsCompletedSuccessfully)
        {
            return ObserveAsync(call, running, cancellationToken);
        }

        var result = running.Result;
        call.Complete(result);
        return new(result);
    }

    private static async ValueTask<object?> ObserveAsync(OpenToolCall call, ValueTask<object?> running, CancellationToken cancellationToken)
    {
        object? result;
        try
        {
            result = await running.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            call.Fail(error, cancellationToken);
            throw;
        }

        call.Complete(result);
        return result;
    }

    private static (string Name, string Type) Describe(AIFunction inner, LlmObserver observer, LlmToolOptions? options)
    {
        var type = options?.Type;
        try
        {
            type = !string.IsNullOrWhiteSpace(type) ? BoundedText.Clean(type, MaxType, out _, out _)
                : McpTool.Is(inner) ? LlmVocabulary.Mcp
                : LlmVocabulary.Function;
            return (BoundedText.Clean(inner.Name) ?? TelemetryNames.Other, type);
        }
        catch (Exception error)
        {
            // The function is the application's code.
            observer.RecorderFailed(error);
            return (TelemetryNames.Other, LlmVocabulary.Function);
        }
    }
}
