using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What to do about an error of the server that is no record's fault, in one sentence.</summary>
internal static class PostgresAdvice
{
    public static string For(PostgresException exception, PostgresNames names)
    {
        var state = exception.SqlState;
        if (PostgresErrors.IsMissingObject(state))
        {
            return $"The schema {names.QuotedSchema} is not there or not current ({state}{Missing(exception)}): apply the migrations with "
                + "SchemaMode.Apply or by the script of PostgresSchema.Script; what was dropped by hand, put back.";
        }

        if (PostgresErrors.IsMissingPartition(exception))
        {
            return $"A partition of {names.QuotedSchema}.{exception.TableName} is missing ({state}): it was dropped or detached meanwhile.";
        }

        if (state == PostgresErrorCodes.InsufficientPrivilege)
        {
            return $"The role may not write to schema {names.QuotedSchema} ({state}): run the script of "
                + "PostgresSchema.GrantWriterScript for it.";
        }

        if (state is PostgresErrorCodes.InvalidBinaryRepresentation or PostgresErrorCodes.BadCopyFileFormat)
        {
            return $"A column in schema {names.QuotedSchema} has another type than its migration gave it ({state}): put that back.";
        }

        var said = IsAboutTheServer(state) && !IsRaised(exception) ? ": " + FirstLine(exception.MessageText).TrimEnd('.') : "";
        return $"PostgreSQL could not do it ({state}){said}{(Cure(state) is { } cure ? "; " + cure : "")}.";
    }

    /// <summary>Whether a function of the database's owner said it: text and names are then whatever it filled in.</summary>
    public static bool IsRaised(PostgresException exception) =>
        exception.Routine == "exec_stmt_raise" || exception.SqlState.StartsWith("P0", StringComparison.Ordinal);

    public static string FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    /// <summary>Classes whose text speaks of the server or the session; any other may quote what a row holds.</summary>
    private static bool IsAboutTheServer(string state) => state[..2] is "08" or "25" or "28" or "3D" or "53" or "55" or "57" or "58";

    private static string? Cure(string state) => state switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification
            => "correct user and password of the connection string, or what the server lets in",
        PostgresErrorCodes.InvalidCatalogName => "create the database, or correct its name in the connection string",
        PostgresErrorCodes.ReadOnlySqlTransaction
            => "connect to the primary, or switch default_transaction_read_only off",
        PostgresErrorCodes.DiskFull => "make room on the server's disk",
        PostgresErrorCodes.OutOfMemory => "give the server more memory, or fewer connections",
        PostgresErrorCodes.TooManyConnections => "raise max_connections or the role's limit, or lower Maximum Pool Size",
        PostgresErrorCodes.QueryCanceled => "find what holds it up, or raise CommandTimeout or statement_timeout",
        PostgresErrorCodes.LockNotAvailable => "find who holds the lock, or raise lock_timeout",
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => "it collided with another transaction, and is tried again",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => "it is tried again until the server is back",
        _ => null,
    };

    /// <summary>Which of the library's own objects the server misses; of its text nothing else is repeated.</summary>
    private static string Missing(PostgresException exception)
    {
        foreach (var name in Objects)
        {
            if (exception.MessageText.Contains($"\"{name}\"", StringComparison.Ordinal)
                || exception.MessageText.Contains($".{name}\"", StringComparison.Ordinal)
                || exception.MessageText.Contains($".{name}(", StringComparison.Ordinal))
            {
                return ", " + name;
            }
        }

        return "";
    }

    // Columns first: the text that misses one names its table too.
    private static readonly string[] Objects =
    [
        .. string.Join(", ", PostgresColumns.Calls, PostgresColumns.Attempts, PostgresColumns.ToolCalls, PostgresColumns.Amendments, PostgresColumns.Rejected)
            .Replace("\"", "", StringComparison.Ordinal).Split(", ").Distinct(),
        "calls", "attempts", "tool_calls", "amendments", "rejected", "ledger", "ledger_horizon", "schema_migrations",
        "staging_calls", "staging_attempts", "staging_tool_calls", "staging_amendments",
        "schema_versions", "claim_batch", "ensure_partitions", "expired_partitions", "expire_partitions", "merge_staged", "prune",
    ];
}
