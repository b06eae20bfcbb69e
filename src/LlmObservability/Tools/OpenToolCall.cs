using System.Diagnostics;
using LlmObservability.Calls;
using LlmObservability.Sinks;
using LlmObservability.Tags;
using LlmObservability.Telemetry;

namespace LlmObservability.Tools;

/// <summary>
/// An invocation under way: which call it belongs to is known when it begins. A value, so that an invocation that completes
/// at once allocates nothing but its record. Nothing here throws.
/// </summary>
internal struct OpenToolCall
{
    private readonly ObservedFunction _tool;
    private long _start;
    private long _startedAt;
    // The tool calls of the call under way that it is inside of; else the request that it answers; else neither.
    private CallToolCalls? _inside;
    private ToolRequest? _request;
    private int _ordinal;
    private string? _toolCallId;
    private LlmScope? _scope;
    private Activity? _span;
    private Activity? _around;
    private ExecutionContext? _insideSpan;
    private bool _traced;

    private OpenToolCall(ObservedFunction tool)
    {
        _tool = tool;
    }

    private readonly LlmObserver Observer => _tool.Observer;

    /// <summary>Its span, its own or another's; null where it has none.</summary>
    private readonly Activity? Span => _span ?? (_traced ? _around : null);

    private readonly DateTimeOffset StartedAt => new(_startedAt, TimeSpan.Zero);

    /// <summary>Begins; false where the recorder failed: then it is not recorded.</summary>
    public static bool TryBegin(ObservedFunction tool, out OpenToolCall call)
    {
        call = new OpenToolCall(tool);
        try
        {
            call.Begin();
            return true;
        }
        catch (Exception error)
        {
            tool.Observer.RecorderFailed(error);
            return false;
        }
    }

    /// <summary>Makes its span the current activity, if somebody wants one and no other has made one of it.</summary>
    public void TryEnter()
    {
        try
        {
            if (_traced)
            {
                ToolSpan.Enrich(_around!, _tool.ToolType);
            }
            else if (Observer.Telemetry.Tracing)
            {
                _span = ToolSpan.Start(Observer.Telemetry.Source, _tool.ToolName, _tool.ToolType, _toolCallId, StartedAt);
                _insideSpan = SpanFlow.Inside(_span);
            }
        }
        catch (Exception error)
        {
            // A listener that throws leaves a span behind that was started: it is ended with the invocation.
            _span = SpanFlow.LeftBehind(_around, Observer.Telemetry.Source);
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>Its span is for the inner function alone: puts back what was current before.</summary>
    public readonly void Leave(Activity? current)
    {
        if (_span is not null)
        {
            Activity.Current = current;
        }
    }

    public readonly void Complete(object? result)
    {
        var failed = _tool.ToolType == LlmVocabulary.Mcp && McpTool.IsError(result);
        End(failed ? LlmOutcome.Failed : LlmOutcome.Completed, failed ? TelemetryNames.ToolError : null);
    }

    public readonly void Fail(Exception error, CancellationToken cancellationToken)
    {
        var cancelled = Failures.IsCancellation(error, cancellationToken);
        End(cancelled ? LlmOutcome.Cancelled : LlmOutcome.Failed, cancelled ? null : Failures.TypeName(error));
    }

    private void Begin()
    {
        var observer = Observer;
        _start = observer.Clock.Timestamp();
        _startedAt = observer.Clock.UtcTicksAt(_start);
        _around = Activity.Current;
        if (_around is not null && ToolSpan.IsOf(_around, _tool.ToolName))
        {
            _traced = true;
            _toolCallId = BoundedText.Clean(ToolSpan.ToolCallId(_around));
        }

        var flow = LlmFlow.Current;
        if (flow?.Call is OpenNode node && node.ToolCallsFor(observer) is { } inside && inside.TryBegin(out _ordinal))
        {
            _inside = inside;
            _toolCallId ??= inside.TakeAsked(_tool.ToolName);
            return;
        }

        _scope = flow?.Scope;
        var trace = _around is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId : default;
        _request = observer.ToolRequests.Take(_tool.ToolName, _toolCallId, trace, _scope);
        _toolCallId ??= _request?.ToolCallId;
    }

    private readonly void End(LlmOutcome outcome, string? errorType)
    {
        LlmToolCall? row = null;
        try
        {
            var clock = Observer.Clock;
            row = new LlmToolCall
            {
                Ordinal = _inside is not null ? _ordinal : _request?.Ordinal ?? 1,
                StartedAt = StartedAt,
                Trace = Span is { } span ? SpanIds.Of(span) : SpanIds.Inside(_around),
                Name = _tool.ToolName,
                Type = _tool.ToolType,
                ToolCallId = _toolCallId,
                Outcome = outcome,
                ErrorType = errorType,
                Duration = clock.Span(clock.Timestamp() - _start),
            };
            Record(row);
            Observer.Telemetry.Tools.Record(_tool.Series, row, _inside?.Caller ?? _request?.Caller, _insideSpan);
            if (_span is null && Span is { IsAllDataRequested: true, IsStopped: false } foreign)
            {
                Observer.Telemetry.Hooks.Run(foreign, row);
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }

        if (_span is not null)
        {
            EndSpan(row);
        }
    }

    private readonly void Record(LlmToolCall row)
    {
        if (_inside is not null)
        {
            if (!_inside.TryAdd(row))
            {
                Observer.Record(new LlmToolCallEnvelope(_inside.CallId, _inside.CallStartedAt, row));
            }
        }
        else if (_request is not null)
        {
            Observer.Record(new LlmToolCallEnvelope(_request.CallId, _request.CallStartedAt, row));
        }
        else
        {
            Observer.Record(ByItself(row), attempts: null, [row]);
        }
    }

    /// <summary>A record of its own. No model was called: it used no tokens and costs nothing, which is known.</summary>
    private readonly LlmCall ByItself(LlmToolCall row)
    {
        return new LlmCall
        {
            Id = LlmCallId.Create(row.StartedAt),
            StartedAt = row.StartedAt,
            Trace = row.Trace,
            Tags = Observer.Resolve(_scope, default).Tags,
            Operation = LlmVocabulary.ExecuteTool,
            Outcome = row.Outcome,
            ErrorType = row.ErrorType,
            AttemptCount = 0,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported },
            Cost = default(LlmCost),
            CostReason = LlmCostReason.NoModel,
            Duration = row.Duration,
            ProviderTime = row.Duration,
        };
    }

    private readonly void EndSpan(LlmToolCall? row)
    {
        var current = Activity.Current;
        try
        {
            if (row is null)
            {
                _span!.Stop();
            }
            else
            {
                ToolSpan.End(_span!, row, Observer.Telemetry.Hooks);
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
        finally
        {
            SpanFlow.PutBack(current, _span!);
        }
    }
}
