namespace LlmObservability.Postgres;

/// <summary>How something stands that was looked at.</summary>
public enum PostgresFindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, and somebody should look at it.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Failed,
}

/// <summary>One thing that <see cref="PostgresLlmStore.DiagnoseAsync"/> looked at. Holds no secret and nothing of any record.</summary>
/// <param name="Name">What was looked at, in a word or two.</param>
/// <param name="Level">How it stands.</param>
/// <param name="Seen">What was seen, with figures.</param>
/// <param name="Advice">What to do, in a sentence; null where there is nothing to do.</param>
public sealed record PostgresFinding(string Name, PostgresFindingLevel Level, string Seen, string? Advice = null);
