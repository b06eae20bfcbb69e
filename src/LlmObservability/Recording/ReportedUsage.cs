using Microsoft.Extensions.AI;

namespace LlmObservability;

/// <summary>
/// The counts of a <see cref="UsageDetails"/> that matter here, copied at once: the caller's object may change afterwards.
/// Several usages of one stream add up, as they do in <see cref="ChatResponseExtensions.ToChatResponse"/>.
/// </summary>
internal struct ReportedUsage
{
    private const string CacheReadKey = "CacheReadInputTokens";
    private const string CacheCreationKey = "CacheCreationInputTokens";
    private const string CacheWriteKey = "CacheWriteInputTokens";
    private const string CacheCreation1hKey = "CacheCreation1hInputTokens";
    private const string ToolUsePromptKey = "ToolUsePromptTokenCount";
    private const string ImageInputKey = "InputTokenDetails.ImageTokenCount";
    private const string AudioInputKey = "InputTokenDetails.AudioTokenCount";
    private const string AudioOutputKey = "OutputTokenDetails.AudioTokenCount";
    private const string WebSearchKey = "WebSearchRequests";

    public ReportedUsage(UsageDetails? usage) => Add(usage);

    public bool HasInput { get; private set; }

    public bool HasOutput { get; private set; }

    public bool HasTotal { get; private set; }

    public long Input { get; private set; }

    public long Output { get; private set; }

    public long Total { get; private set; }

    public long CacheRead { get; private set; }

    public long CacheWrite { get; private set; }

    /// <summary>Of <see cref="CacheWrite"/>, what is kept for an hour.</summary>
    public long CacheWrite1h { get; private set; }

    public long ToolUsePrompt { get; private set; }

    public long Reasoning { get; private set; }

    public long AudioInput { get; private set; }

    public long AudioOutput { get; private set; }

    public long ImageInput { get; private set; }

    public long WebSearches { get; private set; }

    public void Add(UsageDetails? usage)
    {
        if (usage is null)
        {
            return;
        }

        // Each but if it is there: most are not, and a sum with nothing still costs.
        if (usage.InputTokenCount is { } input)
        {
            HasInput = true;
            Input = Sum(Input, input);
        }

        if (usage.OutputTokenCount is { } output)
        {
            HasOutput = true;
            Output = Sum(Output, output);
        }

        if (usage.TotalTokenCount is { } total)
        {
            HasTotal = true;
            Total = Sum(Total, total);
        }

        if (usage.ReasoningTokenCount is { } reasoning)
        {
            Reasoning = Sum(Reasoning, reasoning);
        }

        var more = usage.AdditionalCounts;
        if ((usage.CachedInputTokenCount ?? Get(more, CacheReadKey)) is { } read)
        {
            CacheRead = Sum(CacheRead, read);
        }

        if ((usage.InputAudioTokenCount ?? Get(more, AudioInputKey)) is { } audioInput)
        {
            AudioInput = Sum(AudioInput, audioInput);
        }

        if ((usage.OutputAudioTokenCount ?? Get(more, AudioOutputKey)) is { } audioOutput)
        {
            AudioOutput = Sum(AudioOutput, audioOutput);
        }

        if (more is { Count: > 0 })
        {
            CacheWrite = Sum(CacheWrite, Get(more, CacheCreationKey) ?? Get(more, CacheWriteKey) ?? 0);
            CacheWrite1h = Sum(CacheWrite1h, Get(more, CacheCreation1hKey) ?? 0);
            ToolUsePrompt = Sum(ToolUsePrompt, Get(more, ToolUsePromptKey) ?? 0);
            ImageInput = Sum(ImageInput, Get(more, ImageInputKey) ?? 0);
            WebSearches = Sum(WebSearches, Get(more, WebSearchKey) ?? 0);
        }
    }

    /// <summary>For an operation that has no output: a total alone is the input, and the output is not missing but 0.</summary>
    public void SettleInputOnly()
    {
        if (!HasInput && HasTotal)
        {
            HasInput = true;
            Input = Sum(Total, -Output);
        }

        HasOutput |= HasInput;
    }

    private static long? Get(AdditionalPropertiesDictionary<long>? counts, string key) =>
        counts is not null && counts.TryGetValue(key, out var count) ? count : null;

    // A sum that does not fit stays at the edge, where it is found to be out of range; it must not come round as a small one.
    private static long Sum(long sum, long more)
    {
        var added = sum + more;
        return ((sum ^ added) & (more ^ added)) < 0 ? (sum < 0 ? long.MinValue : long.MaxValue) : added;
    }
}
