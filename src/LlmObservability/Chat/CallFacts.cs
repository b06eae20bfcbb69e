using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>What a response, or the updates of a stream, told. Copied out at once; nothing of the response is kept.</summary>
internal struct CallFacts
{
    // A field, so that a stream adds to it in place.
    private ReportedUsage _usage;

    public string? Model { get; set; }

    public string? ResponseId { get; set; }

    public string? FinishReason { get; set; }

    public int ToolCalls { get; set; }

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

        return new CallFacts
        {
            Model = response.ModelId,
            ResponseId = response.ResponseId,
            FinishReason = response.FinishReason?.Value,
            ToolCalls = toolCalls,
            _usage = new ReportedUsage(response.Usage),
        };
    }

    public readonly LlmTokens Tokens(string? provider, out bool invalid, out bool incomplete) =>
        UsageNormalizer.Normalize(_usage, provider, out invalid, out incomplete);

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
