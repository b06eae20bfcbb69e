using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>What a response, or the updates of a stream, told. Copied out at once; nothing of the response is kept.</summary>
internal struct CallFacts
{
    // A field, so that a stream adds to it in place.
    private ReportedUsage _usage;

    private ReportedBilling? _billing;

    public string? Model { get; set; }

    public string? ResponseId { get; set; }

    public string? FinishReason { get; set; }

    public int ToolCalls { get; set; }

    /// <summary>The service tier that served the call, as the provider names it.</summary>
    public readonly string? ServiceTier => Term(_billing?.ServiceTier);

    /// <summary>Where the call was served, where the provider says so.</summary>
    public readonly string? Geo => Term(_billing?.Geo);

    /// <summary>The speed that was bought, as the provider names it.</summary>
    public readonly string? Speed => Term(_billing?.Speed);

    /// <summary>The cost that the provider reported, in nano-dollars.</summary>
    public readonly long? ReportedNanos => _billing?.CostNanos;

    public readonly int WebSearches => _billing?.WebSearches ?? UsageNormalizer.WebSearches(_usage);

    /// <summary><see cref="Of"/>, made once.</summary>
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

        var facts = new CallFacts
        {
            Model = response.ModelId,
            ResponseId = response.ResponseId,
            FinishReason = response.FinishReason?.Value,
            ToolCalls = toolCalls,
            _usage = new ReportedUsage(response.Usage),
        };
        if (response.AdditionalProperties is { Count: > 0 } properties)
        {
            facts.AddReported(properties);
        }

        if (response.RawRepresentation is { } raw)
        {
            facts.AddRaw(raw, known: true, observer);
        }

        return facts;
    }

    public readonly LlmTokens Tokens(string? provider, out bool invalid, out bool incomplete)
    {
        var usage = _usage;
        usage.CacheWrite = _billing?.CacheWrite ?? usage.CacheWrite;
        usage.CacheWrite1h = _billing?.CacheWrite1h ?? usage.CacheWrite1h;

        return UsageNormalizer.Normalize(usage, provider, out invalid, out incomplete);
    }

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

    private static string? Term(string? told) => told is { Length: > 0 } ? told : null;

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
