using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Faults.Child;

/// <summary>What a child is told: one argument of JSON, from the program that watches it.</summary>
internal sealed record ChildOptions
{
    /// <summary>Where PostgreSQL is; not asked where <see cref="Otlp"/> is told.</summary>
    public required string Postgres { get; init; }

    public required string Schema { get; init; }

    /// <summary>Where a receiver of OTLP is, which then is the one sink; null without one.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Whether it gets spans; log records otherwise.</summary>
    public bool OtlpSpans { get; init; }

    /// <summary>Whether earlier calls are amended; a span has no amendments.</summary>
    public bool Amends { get; init; } = true;

    /// <summary>The folder of its ledger; empty, and its own.</summary>
    public required string Ledger { get; init; }

    public required LlmDurability Durability { get; init; }

    /// <summary>The spool's directory; null without one.</summary>
    public string? Directory { get; init; }

    /// <summary>Tasks that call; 0 for a child that only brings in what an earlier one left.</summary>
    public int Producers { get; init; } = 4;

    /// <summary>Calls a second, all producers together.</summary>
    public int Rate { get; init; } = 2_000;

    /// <summary>A generic host that ends by SIGTERM; else a console program with <c>await using</c>.</summary>
    public bool Host { get; init; } = true;

    /// <summary>Whether poison is among what it makes.</summary>
    public bool Poison { get; init; }

    /// <summary>The longest it lives, whatever happens to whoever watches it.</summary>
    public int MaxSeconds { get; init; } = 240;

    public int MaxQueueItems { get; init; } = 8_192;

    public int MaxBatchItems { get; init; } = 500;

    public long MaxSpoolBytes { get; init; } = 1024 * 1024 * 1024;

    public int SpillAfterMilliseconds { get; init; } = 200;

    public int WriteTimeoutMilliseconds { get; init; } = 2_000;

    public int ShutdownMilliseconds { get; init; } = 10_000;

    public LlmFullPolicy WhenFull { get; init; }

    public static ChildOptions Parse(string argument) =>
        JsonSerializer.Deserialize<ChildOptions>(argument) ?? throw new FormatException("A child wants its options as JSON.");

    public string ToArgument() => JsonSerializer.Serialize(this);

    /// <summary>The pipeline's options; short pauses, so that a run is short.</summary>
    public void Apply(LlmObservabilityOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Service = "faults";
        var pipeline = options.Pipeline;
        pipeline.Durability = Durability;
        pipeline.Directory = Directory;
        pipeline.MaxQueueItems = MaxQueueItems;
        pipeline.MaxBatchItems = MaxBatchItems;
        pipeline.MaxSpoolBytes = MaxSpoolBytes;
        pipeline.SpillAfter = TimeSpan.FromMilliseconds(SpillAfterMilliseconds);
        pipeline.FlushInterval = TimeSpan.FromMilliseconds(50);
        pipeline.WriteTimeout = TimeSpan.FromMilliseconds(WriteTimeoutMilliseconds);
        pipeline.RetryDelay = TimeSpan.FromMilliseconds(50);
        pipeline.MaxRetryDelay = TimeSpan.FromMilliseconds(500);
        pipeline.ShutdownTimeout = TimeSpan.FromMilliseconds(ShutdownMilliseconds);
        pipeline.WhenFull = WhenFull;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Durability}, {Producers} producers at {Rate}/s, {(Host ? "host" : "console")}, {Schema}");
}
