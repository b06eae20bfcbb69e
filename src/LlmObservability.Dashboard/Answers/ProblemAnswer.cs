namespace LlmObservability.Dashboard.Answers;

/// <summary>What went wrong, as RFC 9457 says it.</summary>
internal sealed record ProblemAnswer
{
    public string Type { get; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    public required string Code { get; init; }

    public string? Parameter { get; init; }

    public string? Id { get; init; }
}
