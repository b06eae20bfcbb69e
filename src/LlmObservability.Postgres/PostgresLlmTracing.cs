using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Keeps the library's own statements out of the driver's traces. A store that was given a connection string sees to it
/// itself; the traces of an application's data source are the application's, which asks for it here. Thread-safe.
/// </summary>
public static class PostgresLlmTracing
{
    private const string Mark = " /* LlmObservability */";

    /// <summary>
    /// Lets the driver trace everything but this library's statements:
    /// <c>new NpgsqlDataSourceBuilder(…).ConfigureTracing(tracing => tracing.LeaveOutLlmObservability())</c>. Takes the
    /// place of the filters for commands, batches and COPY; an application with filters of its own asks
    /// <see cref="IsOwn"/> in them. The opening of a connection is for all who use the pool, and stays traced:
    /// <c>EnablePhysicalOpenTracing(false)</c> is the driver's switch for that.
    /// </summary>
    /// <param name="tracing">The driver's options.</param>
    public static NpgsqlTracingOptionsBuilder LeaveOutLlmObservability(this NpgsqlTracingOptionsBuilder tracing)
    {
        ArgumentNullException.ThrowIfNull(tracing);
        return tracing
            .ConfigureCommandFilter(static command => !IsOwn(command.CommandText))
            .ConfigureBatchFilter(static batch => batch.BatchCommands.Count == 0 || !IsOwn(batch.BatchCommands[0].CommandText))
            .ConfigureCopyOperationFilter(static statement => !IsOwn(statement));
    }

    /// <summary>Whether a statement is this library's own: it ends in a comment that says so.</summary>
    /// <param name="statement">The SQL of a command, of a batch's first command, or of a COPY.</param>
    public static bool IsOwn(string? statement) => statement is not null && statement.EndsWith(Mark, StringComparison.Ordinal);

    /// <summary>A statement as this library sends it.</summary>
    internal static string Own(string statement) => statement + Mark;

    /// <summary>For a data source that nobody else uses.</summary>
    internal static void TraceNothing(NpgsqlTracingOptionsBuilder tracing)
    {
        tracing
            .ConfigureCommandFilter(static _ => false)
            .ConfigureBatchFilter(static _ => false)
            .ConfigureCopyOperationFilter(static _ => false)
            .EnablePhysicalOpenTracing(false);
    }
}
