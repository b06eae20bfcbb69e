using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>Reads what a response tells into facts that hold nothing yet: in place, since they are large to hand back.</summary>
internal delegate void FactsReader<in TResponse>(TResponse response, LlmObserver observer, ref CallFacts facts);

/// <summary>What a response, or the updates of a stream, told. Copied out at once; nothing of the response is kept.</summary>
internal struct CallFacts
{
    // A field, so that a stream adds to it in place.
    private ReportedUsage _usage;

    private ReportedBilling? _billing;

    // One above the count: an embedding of nothing tells 0.
    private int _inputs;
    private int _dimensions;

    public string? Model { get; set; }

    public string? ResponseId { get; set; }

    public string? FinishReason { get; set; }

    /// <summary>How many functions the model asked for; what the provider invoked by itself is not counted.</summary>
    public int ToolCalls { get; private set; }

    /// <summary>What it told of tools, the last first; null for nothing.</summary>
    public ToolNote? Tools { get; private set; }

    /// <summary>How many inputs were embedded; null for other operations.</summary>
    public int? InputCount
    {
        readonly get => _inputs == 0 ? null : _inputs - 1;
        set => _inputs = value + 1 ?? 0;
    }

    /// <summary>The dimensions of the embeddings; null for other operations.</summary>
    public int? Dimensions
    {
        readonly get => _dimensions == 0 ? null : _dimensions;
        set => _dimensions = value ?? 0;
    }

    /// <summary>The service tier that served the call, as the provider names it.</summary>
    public readonly string? ServiceTier => Term(_billing?.ServiceTier);

    /// <summary>Where the call was served, where the provider says so.</summary>
    public readonly string? Geo => Term(_billing?.Geo);

    /// <summary>The speed that was bought, as the provider names it.</summary>
    public readonly string? Speed => Term(_billing?.Speed);

    /// <summary>The cost that the provider reported, in nano-dollars.</summary>
    public readonly long? ReportedNanos => _billing?.CostNanos;

    /// <summary>Whether it told of terms, fees, or a cost; what most calls do not.</summary>
    public readonly bool HasTerms => _billing is not null || _usage.WebSearches != 0;

    public readonly int WebSearches => _billing?.WebSearches ?? UsageNormalizer.WebSearches(_usage);

    /// <summary>Reads a chat response; made once.</summary>
    public static readonly FactsReader<ChatResponse> Reader = Read;

    private static void Read(ChatResponse response, LlmObserver observer, ref CallFacts facts)
    {
        facts.Add(response.ModelId, response.ResponseId, response.Usage, response.AdditionalProperties, response.RawRepresentation, observer);
        facts.FinishReason = response.FinishReason?.Value;
        var messages = response.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            facts.AddTools(messages[i].Contents, observer);
        }
    }

    /// <summary>What the responses of all kinds of clients have alike.</summary>
    public void Add(
        string? model, string? responseId, UsageDetails? usage, AdditionalPropertiesDictionary? properties, object? raw, LlmObserver observer)
    {
        Model = model;
        ResponseId = responseId;
        _usage.Add(usage);
        if (properties is { Count: > 0 })
        {
            AddReported(properties);
        }

        if (raw is not null)
        {
            AddRaw(raw, known: true, observer);
        }
    }

    public readonly LlmTokens Tokens(string? provider, out bool invalid, out bool incomplete) =>
        UsageNormalizer.Normalize(
            _usage, _billing?.CacheWrite ?? _usage.CacheWrite, _billing?.CacheWrite1h ?? _usage.CacheWrite1h, provider, out invalid, out incomplete);

    /// <summary>What adapters hand on beside what every provider tells.</summary>
    public void AddReported(AdditionalPropertiesDictionary properties) => _billing = ReportedBilling.Add(_billing, properties);

    /// <summary>What a provider's own object tells, by what is known of it and by what the application reads from it.</summary>
    /// <param name="raw">The object.</param>
    /// <param name="known">Whether what is known is asked: looking costs more than an update of a stream may.</param>
    /// <param name="observer">Whose application it is.</param>
    public void AddRaw(object raw, bool known, LlmObserver observer)
    {
        if (known && observer.KnownBilling(raw) is { } found)
        {
            _billing = ReportedBilling.Add(_billing, found);
        }

        if (observer.ReadBilling(raw) is { } told)
        {
            _billing = ReportedBilling.Add(_billing, told);
        }
    }

    public void AddUsage(UsageDetails usage) => _usage.Add(usage);

    /// <summary>The usage of an operation that has input alone.</summary>
    public void AddInputUsage(UsageDetails? usage)
    {
        _usage.Add(usage);
        _usage.SettleInputOnly();
    }

    private static string? Term(string? told) => told is { Length: > 0 } ? told : null;

    /// <summary>What a content tells of a tool, if it does.</summary>
    public void AddTool(AIContent content, LlmObserver observer)
    {
        if (content is ToolCallContent or ToolResultContent)
        {
            ToolCalls += content is FunctionCallContent ? 1 : 0;
            Tools = ToolNote.Add(Tools, content, observer.ToolRequests.Wanted);
        }
    }

    private void AddTools(IList<AIContent> contents, LlmObserver observer)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            if (contents[i] is not TextContent)
            {
                AddTool(contents[i], observer);
            }
        }
    }
}
