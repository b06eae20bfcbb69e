namespace LlmObservability.Testing.Otlp;

/// <summary>How a server behaves to one request.</summary>
public sealed record OtlpAnswer
{
    /// <summary>It has the records and says so.</summary>
    public static OtlpAnswer Taken { get; } = new() { Takes = true };

    /// <summary>It has the records, and the connection ends before it says so.</summary>
    public static OtlpAnswer TakenThenSilent { get; } = Taken with { End = OtlpAnswerEnd.Closed };

    /// <summary>It has the records, and the connection ends amid the answer.</summary>
    public static OtlpAnswer TakenThenCut { get; } = Taken with { End = OtlpAnswerEnd.Cut, Body = new string(' ', 200) + "{}" };

    /// <summary>It has the records, and never answers.</summary>
    public static OtlpAnswer TakenThenHanging { get; } = Taken with { End = OtlpAnswerEnd.Hanging };

    /// <summary>Ends the connection without an answer.</summary>
    public static OtlpAnswer Closed { get; } = new() { End = OtlpAnswerEnd.Closed };

    /// <summary>Reads the request and never answers.</summary>
    public static OtlpAnswer Hanging { get; } = new() { End = OtlpAnswerEnd.Hanging };

    /// <summary>What comes back is not HTTP.</summary>
    public static OtlpAnswer Garbage { get; } = new() { End = OtlpAnswerEnd.Garbage };

    /// <summary>What comes back is HTTP, and no answer of OTLP.</summary>
    public static OtlpAnswer Page { get; } = new() { ContentType = "text/html", Body = "<html><body>Sign in</body></html>" };

    /// <summary>What comes back says that it is JSON, and is not.</summary>
    public static OtlpAnswer HalfJson { get; } = new() { Body = "{\"partialSuccess\":{\"rejec" };

    public static OtlpAnswer Unavailable { get; } = new() { Status = 503 };

    /// <summary>Whether the records are kept.</summary>
    public bool Takes { get; init; }

    /// <summary>Those that are not kept all the same.</summary>
    public IReadOnlySet<OtlpRecord> But { get; init; } = new HashSet<OtlpRecord>();

    public int Status { get; init; } = 200;

    /// <summary>The value of the header; null without one.</summary>
    public string? RetryAfter { get; init; }

    public string ContentType { get; init; } = "application/json";

    public string Body { get; init; } = "{}";

    public OtlpAnswerEnd End { get; init; }

    /// <summary>429, with the seconds that it asks for.</summary>
    public static OtlpAnswer Busy(int seconds) =>
        new() { Status = 429, RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture) };

    /// <summary>It has all records but so many, and does not say which.</summary>
    public static OtlpAnswer Partial(int rejected) => Taken with
    {
        Body = $$$"""{"partialSuccess":{"rejectedLogRecords":"{{{rejected}}}","errorMessage":"no"}}""",
    };
}

/// <summary>How far an answer comes.</summary>
public enum OtlpAnswerEnd
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>Half of it.</summary>
    Cut,

    /// <summary>Nothing, and the connection ends.</summary>
    Closed,

    /// <summary>Nothing, and the connection stays.</summary>
    Hanging,

    /// <summary>Bytes that are not HTTP.</summary>
    Garbage,
}
