namespace LlmObservability.Clients.Tests.Wire;

/// <summary>What a server answers to one request.</summary>
internal sealed record WireReply
{
    public int Status { get; init; } = 200;

    public string ContentType { get; init; } = "application/json";

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>What to wait for before the first byte, the status line's.</summary>
    public Task? BeforeHead { get; init; }

    /// <summary>The body, piece by piece; each is on the wire before the next.</summary>
    public IReadOnlyList<WireStep> Body { get; init; } = [];

    public WireEnd End { get; init; } = WireEnd.Whole;

    public static WireReply Json(string body, int status = 200) => new() { Status = status, Body = [body] };

    public static WireReply Events(params IReadOnlyList<WireStep> events) => new() { ContentType = "text/event-stream", Body = events };
}
