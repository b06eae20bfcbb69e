using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

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

    public int ToolCalls { get; set; }

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
    public readonly string? ServiceTier => _billing?.ServiceTier;

    /// <summary>Where the call was served, where the provider says so.</summary>
    public readonly string? Geo => _billing?.Geo;

    /// <summary>The speed that was bought, as the provider names it.</summary>
    public readonly string? Speed => _billing?.Speed;

    /// <summary>The cost that the provider reported, in nano-dollars.</summary>
    public readonly long? ReportedNanos => _billing?.CostNanos;

    public readonly int WebSearches => _billing?.WebSearches ?? UsageNormalizer.WebSearches(_usage);

    /// <summary>Reads a chat response; made once.</summary>
    public static readonly Func<ChatResponse?, LlmObserver, CallFacts> Reader = Of;

    public static CallFacts Of(ChatResponse? response, LlmObserver observer)
    {
        if (response is null)
        {
            return default;
        }

        var toolCalls = 0;
        var messages = response.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            toolCalls += CountToolCalls(messages[i].Contents);
        }

        var facts = Of(response.ModelId, response.ResponseId, response.Usage, response.AdditionalProperties, response.RawRepresentation, observer);
        facts.FinishReason = response.FinishReason?.Value;
        facts.ToolCalls = toolCalls;
        return facts;
    }

    /// <summary>What the responses of all kinds of clients have alike.</summary>
    public static CallFacts Of(
        string? model, string? responseId, UsageDetails? usage, AdditionalPropertiesDictionary? properties, object? raw, LlmObserver observer)
    {
        var facts = new CallFacts { Model = model, ResponseId = responseId, _usage = new ReportedUsage(usage) };
        if (properties is { Count: > 0 })
        {
            facts.AddReported(properties);
        }

        if (raw is not null)
        {
            facts.AddRaw(raw, observer);
        }

        return facts;
    }

    public readonly LlmTokens Tokens(string? provider, out bool invalid, out bool incomplete)
    {
        var usage = _usage;
        if (_billing?.CacheWrite1h is { } count)
        {
            usage.CacheWrite1h = count;
        }

        return UsageNormalizer.Normalize(usage, provider, out invalid, out incomplete);
    }

    /// <summary>What adapters hand on beside what every provider tells.</summary>
    public void AddReported(AdditionalPropertiesDictionary properties) => _billing = ReportedBilling.Add(_billing, properties);

    /// <summary>What the application reads from the provider's own object, where it said how.</summary>
    public void AddRaw(object raw, LlmObserver observer)
    {
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

    private static int CountToolCalls(IList<AIContent> contents)
    {
        var count = 0;
        for (var i = 0; i < contents.Count; i++)
        {
            count += contents[i] is FunctionCallContent ? 1 : 0;
        }

        return count;
    }
}
