using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>What a response, or the updates of a stream, told. Copied out at once; nothing of the response is kept.</summary>
internal struct CallFacts
{
    public string? Model { get; set; }

    public string? ResponseId { get; set; }

    public string? FinishReason { get; set; }

    /// <summary>Read before the call's end returns to the caller, or an own sum; never the caller's object kept.</summary>
    public UsageDetails? Usage { get; set; }

    public int ToolCalls { get; set; }

    public static CallFacts Of(ChatResponse? response)
    {
        if (response is null)
        {
            return default;
        }

        var toolCalls = 0;
        foreach (var message in response.Messages)
        {
            toolCalls += CountToolCalls(message.Contents);
        }

        return new CallFacts
        {
            Model = response.ModelId,
            ResponseId = response.ResponseId,
            FinishReason = response.FinishReason?.Value,
            Usage = response.Usage,
            ToolCalls = toolCalls,
        };
    }

    public static int CountToolCalls(IList<AIContent> contents)
    {
        var count = 0;
        for (var i = 0; i < contents.Count; i++)
        {
            count += contents[i] is FunctionCallContent ? 1 : 0;
        }

        return count;
    }
}
