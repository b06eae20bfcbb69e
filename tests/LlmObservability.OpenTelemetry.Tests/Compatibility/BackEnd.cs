namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>One thing that a back end reads of a call's span.</summary>
/// <param name="Fact">What it is for the back end.</param>
/// <param name="From">The attributes it is read from: the first that is there.</param>
/// <param name="MustBe">What it must be by the record; null for nothing.</param>
internal sealed record Reading(string Fact, string[] From, Func<LlmCall, object?> MustBe)
{
    /// <summary>How the attribute's value is read; as it is by default.</summary>
    public Func<object, object?> Read { get; init; } = value => value;

    public object? Of(IReadOnlyDictionary<string, object?> span) =>
        From.Where(span.ContainsKey).Select(key => Read(span[key]!)).FirstOrDefault();
}

/// <summary>How a back end reads spans, as its sources or its documentation say.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Needs">The compatibility attributes it needs for all of that.</param>
/// <param name="KindOf">What a span is for it; null for an ordinary one.</param>
/// <param name="Readings">What it reads of a call.</param>
internal sealed record BackEnd(
    string Name, LlmCompatibility Needs, Func<IReadOnlyDictionary<string, object?>, string?> KindOf, IReadOnlyList<Reading> Readings)
{
    /// <summary>The kinds that are calls of a model.</summary>
    public required string[] CallKinds { get; init; }

    /// <summary>The kind of an invoked tool; null for an ordinary span.</summary>
    public string? ToolKind { get; init; }

    public override string ToString() => Name;

    public static string? Text(IReadOnlyDictionary<string, object?> span, string key) => span.GetValueOrDefault(key) as string;

    /// <summary>Tokens, where the call has usage.</summary>
    public static Func<LlmCall, object?> Usage(Func<LlmTokens, long> count, bool whereAbove0 = false) => call =>
        call.Tokens.Source == LlmUsageSource.Missing || (whereAbove0 && count(call.Tokens) == 0) ? null : count(call.Tokens);

    public static object? OutputTokens(LlmCall call) =>
        call.Tokens.Source == LlmUsageSource.Missing || call.Operation == "embeddings" ? null : call.Tokens.Output;

    public static object? Usd(LlmCall call) => call.Cost is { } cost ? (double)cost.TotalUsd : null;
}
