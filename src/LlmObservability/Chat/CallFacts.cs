using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>What a response, or the updates of a stream, told. Copied out at once; nothing of the response is kept.</summary>
internal struct CallFacts
{
    // A field, so that a stream adds to it in place.
    private ReportedUsage _usage;

    // One more than the cost, so that nothing reported is the default.
    private long _reported;

    public string? Model { get; set; }

    public string? ResponseId { get; set; }

    public string? FinishReason { get; set; }

    public int ToolCalls { get; set; }

    /// <summary>The service tier that served the call, as the provider names it.</summary>
    public string? ServiceTier { get; private set; }

    /// <summary>The cost that the provider reported, in nano-dollars.</summary>
    public readonly long? ReportedNanos => _reported == 0 ? null : _reported - 1;

    public readonly int WebSearches => UsageNormalizer.WebSearches(_usage);

    public static CallFacts Of(ChatResponse? response)
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

        return facts;
    }

    public readonly LlmTokens Tokens(string? provider, out bool invalid, out bool incomplete) =>
        UsageNormalizer.Normalize(_usage, provider, out invalid, out incomplete);

    /// <summary>What adapters hand on beside what every provider tells.</summary>
    public void AddReported(AdditionalPropertiesDictionary properties)
    {
        if (ReportedCost.Read(properties) is { } nanos)
        {
            _reported = nanos + 1;
        }

        ServiceTier = ReportedTier.Read(properties) ?? ServiceTier;
    }

    public void AddUsage(UsageDetails usage) => _usage.Add(usage);

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
