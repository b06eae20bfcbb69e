namespace Replay;

/// <summary>A call to make: a row of the trace with what the seeded rule adds.</summary>
internal sealed record ReplayCall(
    TraceRow Row, string Provider, string Model, string Tenant, string Feature, string Route, bool Streamed, TimeSpan Latency);
