using System.Diagnostics;

namespace LlmObservability.Telemetry;

/// <summary>The application's hooks on spans. They are its code: what one of them throws is told, and harms neither the span nor the next hook.</summary>
/// <param name="options">The hooks, as they are now.</param>
/// <param name="failed">Is told what they throw.</param>
internal sealed class SpanHooks(LlmTelemetryOptions options, Action<Exception> failed)
{
    private readonly Delegate[] _ofCalls = options.EnrichSpan?.GetInvocationList() ?? [];
    private readonly Delegate[] _ofTools = options.EnrichToolSpan?.GetInvocationList() ?? [];

    /// <summary>Lets the application add to a call's span that wants data.</summary>
    public void Run(Activity span, LlmCall call) => Run(_ofCalls, span, call);

    /// <summary>Lets the application add to a tool's span that wants data.</summary>
    public void Run(Activity span, LlmToolCall call) => Run(_ofTools, span, call);

    private void Run<TRecord>(Delegate[] hooks, Activity span, TRecord record)
    {
        foreach (var hook in hooks)
        {
            try
            {
                ((Action<Activity, TRecord>)hook)(span, record);
            }
            catch (Exception error)
            {
                failed(error);
            }
        }
    }
}
