using LlmObservability.Sinks;

namespace LlmObservability.Queries;

/// <summary>A kept call with all that belongs to it. Not thread-safe: its store locks.</summary>
internal sealed class StoredCall
{
    private readonly LlmAttempt[] _attempts;
    private LlmToolCall[] _toolCalls;

    // By id; null until there is one, as for most calls.
    private Dictionary<Guid, LlmAmendment>? _amendments;

    public StoredCall(LlmCallEnvelope envelope)
    {
        Call = envelope.Call;
        _attempts = [.. envelope.Attempts.OrderBy(attempt => attempt.Ordinal)];
        _toolCalls = [.. envelope.ToolCalls.OrderBy(toolCall => toolCall.Ordinal)];
    }

    public LlmCall Call { get; }

    public bool Has(LlmToolCall toolCall) => Array.Exists(_toolCalls, kept => kept.Ordinal == toolCall.Ordinal);

    /// <summary>Keeps a tool call that came by itself, unless one of its ordinal is there or as many as allowed are.</summary>
    public bool TryAdd(LlmToolCall toolCall, int most)
    {
        if (_toolCalls.Length >= most || Has(toolCall))
        {
            return false;
        }

        _toolCalls = [.. _toolCalls.Append(toolCall).OrderBy(kept => kept.Ordinal)];
        return true;
    }

    public bool Has(LlmAmendment amendment) => _amendments?.ContainsKey(amendment.Id) == true;

    /// <summary>Keeps an amendment, unless it is there or as many as allowed are.</summary>
    public bool TryAmend(LlmAmendment amendment, int most)
    {
        _amendments ??= [];
        return _amendments.Count < most && _amendments.TryAdd(amendment.Id, amendment);
    }

    public LlmCallDetail ToDetail()
    {
        LlmAmendment[] oldestFirst = [.. (_amendments?.Values ?? Enumerable.Empty<LlmAmendment>())
            .OrderBy(amendment => amendment.CreatedAt).ThenBy(amendment => amendment.Id)];
        return new LlmCallDetail(Call, _attempts.AsReadOnly(), _toolCalls.AsReadOnly(), oldestFirst);
    }
}
