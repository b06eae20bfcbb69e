using System.Collections;
using LlmObservability.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Calls;

/// <summary>
/// The scope around the application's log lines inside a call: its state, as log providers read it (one key, the call's id,
/// and a text), and its end. Thread-safe.
/// </summary>
internal sealed class CallLogScope : IReadOnlyList<KeyValuePair<string, object?>>
{
    private IDisposable? _begun;
    private string? _value;
    private string? _text;

    private CallLogScope(Guid callId) => CallId = callId;

    public Guid CallId { get; }

    public int Count => 1;

    // Text, which every provider writes alike; made when the first line is written.
    public KeyValuePair<string, object?> this[int index] => index == 0
        ? new(TelemetryNames.Own.CallId, _value ??= CallId.ToString())
        : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Begins the scope of a call, with a new id unless it has one, for the flow that follows.</summary>
    public static CallLogScope Begin(ILogger logger, DateTimeOffset startedAt, Guid? callId)
    {
        var scope = new CallLogScope(callId ?? LlmCallId.Create(startedAt));
        scope._begun = logger.BeginScope(scope);
        return scope;
    }

    /// <summary>
    /// Ends it. A call can end in another flow than it began in, its caller's for example, and disposing sets the scope of the
    /// flow that it runs in: that is put back.
    /// </summary>
    public void End()
    {
        if (_begun is null || ExecutionContext.Capture() is not { } flow)
        {
            return;
        }

        try
        {
            _begun.Dispose();
        }
        catch (Exception)
        {
            // A logging provider's failure harms no call.
        }

        ExecutionContext.Restore(flow);
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => _text ??= $"{TelemetryNames.Own.CallId}:{CallId}";
}
