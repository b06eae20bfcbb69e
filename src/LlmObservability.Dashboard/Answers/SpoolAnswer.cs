namespace LlmObservability.Dashboard.Answers;

/// <summary>How a sink's spool stands. Neither its place nor what the disk said is told.</summary>
internal sealed record SpoolAnswer
{
    public SpoolAnswer(LlmSpoolStatistics spool)
    {
        Records = spool.Records;
        Bytes = spool.Bytes;
        Fullness = spool.Fullness;
        LagUs = spool.Lag.Ticks / TimeSpan.TicksPerMicrosecond;
        Logged = spool.Logged;
        Recovered = spool.Recovered;
        ReadBack = spool.ReadBack;
        Quarantined = spool.Quarantined;
        QuarantinedBytes = spool.QuarantinedBytes;
        PutAside = spool.PutAside;
        FailingSince = spool.FailingSince;
    }

    public long Records { get; }

    public long Bytes { get; }

    public double Fullness { get; }

    public long LagUs { get; }

    public long Logged { get; }

    public long Recovered { get; }

    public long ReadBack { get; }

    public int Quarantined { get; }

    public long QuarantinedBytes { get; }

    public long PutAside { get; }

    public DateTimeOffset? FailingSince { get; }
}
