using LlmObservability.Sinks;

namespace LlmObservability.Queries;

/// <summary>A kept call with all that belongs to it. Once it is in a window it does not change: what joins it joins a copy.</summary>
internal sealed class StoredCall
{
    private readonly LlmAttempt[] _attempts;
    private LlmToolCall[] _toolCalls;

    // By id; null until there is one, as for most calls.
    private Dictionary<Guid, LlmAmendment>? _amendments;

    public StoredCall(LlmCallEnvelope envelope, long position)
    {
        Call = envelope.Call;
        Position = position;
        _attempts = [.. envelope.Attempts.OrderBy(attempt => attempt.Ordinal)];
        _toolCalls = [.. envelope.ToolCalls.OrderBy(toolCall => toolCall.Ordinal)];
    }

    private StoredCall(StoredCall other)
    {
        Call = other.Call;
        Position = other.Position;
        _attempts = other._attempts;
        _toolCalls = other._toolCalls;
        _amendments = other._amendments is { } amendments ? new(amendments) : null;
    }

    public LlmCall Call { get; }

    /// <summary>Where it stands in what is kept beside the window; rises from call to call.</summary>
    public long Position { get; }

    /// <summary>The newest repricing, which says what the call costs; null for most calls.</summary>
    public LlmAmendment? Repricing => _amendments?.Values.Where(amendment => amendment.Kind == "repricing")
        .OrderByDescending(amendment => amendment.CreatedAt).ThenByDescending(amendment => amendment.Id).FirstOrDefault();

    /// <summary>A list that does not change: what joins the call makes a new one.</summary>
    public IReadOnlyList<LlmToolCall> ToolCalls => _toolCalls;

    public StoredCall Copy() => new(this);

    /// <summary>Whether an envelope about this call is here already; so is the call's own.</summary>
    public bool Has(LlmEnvelope envelope) => envelope switch
    {
        LlmAmendmentEnvelope { Amendment.Id: var id } => _amendments?.ContainsKey(id) == true,
        LlmToolCallEnvelope { ToolCall.Ordinal: var ordinal } => Array.Exists(_toolCalls, kept => kept.Ordinal == ordinal),
        _ => true,
    };

    /// <summary>Whether there is room for an envelope that is not here yet.</summary>
    public bool HasRoomFor(LlmEnvelope envelope) => envelope is LlmAmendmentEnvelope
        ? (_amendments?.Count ?? 0) < InMemoryLlmStore.MaxAmendmentsPerCall
        : _toolCalls.Length < InMemoryLlmStore.MaxToolCallsPerCall;

    /// <summary>Takes an amendment, or a tool call that came by itself: one that is not here, and for which there is room.</summary>
    public void Add(LlmEnvelope envelope)
    {
        if (envelope is LlmAmendmentEnvelope { Amendment: var amendment })
        {
            (_amendments ??= []).Add(amendment.Id, amendment);
        }
        else if (envelope is LlmToolCallEnvelope { ToolCall: var toolCall })
        {
            _toolCalls = [.. _toolCalls.Append(toolCall).OrderBy(kept => kept.Ordinal)];
        }
    }

    public LlmCallDetail ToDetail()
    {
        LlmAmendment[] oldestFirst = [.. (_amendments?.Values ?? Enumerable.Empty<LlmAmendment>())
            .OrderBy(amendment => amendment.CreatedAt).ThenBy(amendment => amendment.Id)];
        return new LlmCallDetail(Call, _attempts.AsReadOnly(), _toolCalls.AsReadOnly(), oldestFirst);
    }
}
