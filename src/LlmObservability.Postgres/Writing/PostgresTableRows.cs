namespace LlmObservability.Postgres;

/// <summary>The rows of one table: what stands after COPY, and what goes into it.</summary>
internal sealed class PostgresTableRows(string target, PostgresRowBuffer buffer)
{
    public string Target { get; } = target;

    public PostgresRowBuffer Buffer { get; } = buffer;

    public PostgresRowWriter Writer { get; } = new(buffer);
}
