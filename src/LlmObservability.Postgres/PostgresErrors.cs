using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What an exception of the driver means for a batch, in one line without a secret or a row's data.</summary>
internal static class PostgresErrors
{
    public static LlmSinkException ToSinkException(Exception exception, PostgresNames names)
    {
        return exception switch
        {
            LlmSinkException known => known,
            // The server's exception is not passed on: with error details switched on, it prints a row's data.
            PostgresException postgres => new LlmSinkException(Classify(postgres), Describe(postgres, names)),
            NpgsqlException { InnerException: TimeoutException } timeout => new LlmSinkException(
                LlmSinkFailure.Transient, "PostgreSQL did not answer in time.", timeout),
            NpgsqlException npgsql => new LlmSinkException(
                LlmSinkFailure.Transient, "PostgreSQL could not be reached: " + FirstLine(npgsql), npgsql),
            _ => new LlmSinkException(
                LlmSinkFailure.Transient, $"Writing to PostgreSQL failed ({exception.GetType().Name}).", exception),
        };
    }

    /// <summary>Whether the statement found something missing that a migration makes.</summary>
    public static bool IsMissingObject(string? state) => state
        is PostgresErrorCodes.UndefinedTable
        or PostgresErrorCodes.UndefinedFunction
        or PostgresErrorCodes.UndefinedColumn
        or PostgresErrorCodes.InvalidSchemaName;

    /// <summary>Whether no partition takes a row: the server reports that as a check violation without a constraint.</summary>
    public static bool IsMissingPartition(PostgresException exception) =>
        exception.SqlState == PostgresErrorCodes.CheckViolation && string.IsNullOrEmpty(exception.ConstraintName);

    private static LlmSinkFailure Classify(PostgresException exception)
    {
        var state = exception.SqlState;
        if (IsMissingPartition(exception))
        {
            return LlmSinkFailure.Transient;
        }

        // 22 data exceptions, 23 integrity constraints, 54 limits such as a row that is too long. The rest may pass:
        // the server comes back, rights are granted, the schema is migrated.
        return state.StartsWith("22", StringComparison.Ordinal)
            || state.StartsWith("23", StringComparison.Ordinal)
            || state.StartsWith("54", StringComparison.Ordinal)
            // P0: a trigger of the database's owner refuses the row.
            || state.StartsWith("P0", StringComparison.Ordinal)
            ? LlmSinkFailure.Poison
            : LlmSinkFailure.Transient;
    }

    private static string Describe(PostgresException exception, PostgresNames names)
    {
        var state = exception.SqlState;
        if (IsMissingObject(state))
        {
            return $"The schema {names.QuotedSchema} is not there or not current ({state}): apply the migrations with "
                + "SchemaMode.Apply, or run the script of PostgresSchema.Script.";
        }

        if (IsMissingPartition(exception))
        {
            return $"A partition of {names.QuotedSchema}.{exception.TableName} is missing (23514): it was dropped or detached meanwhile.";
        }

        if (state == PostgresErrorCodes.InsufficientPrivilege)
        {
            return $"The role may not write to schema {names.QuotedSchema} (42501): run the script of "
                + "PostgresSchema.GrantWriterScript for it.";
        }

        if (Classify(exception) == LlmSinkFailure.Poison)
        {
            // Of a trigger's own exception the names, too, are whatever it filled in.
            var place = state.StartsWith("P0", StringComparison.Ordinal)
                ? null
                : exception.ColumnName ?? exception.ConstraintName ?? exception.TableName;
            return $"PostgreSQL refuses what a record holds ({state}{(place is null ? "" : ", " + place)}).";
        }

        return IsAboutTheServer(state)
            ? $"PostgreSQL could not do it ({state}): {FirstLine(exception.MessageText)}"
            : $"PostgreSQL could not do it ({state}).";
    }

    /// <summary>Classes whose text speaks of the server or the session; any other may quote what a row holds.</summary>
    private static bool IsAboutTheServer(string state) => state[..2] is "08" or "25" or "28" or "3D" or "53" or "55" or "57" or "58";

    private static string FirstLine(NpgsqlException exception)
    {
        var inner = exception.InnerException is { } cause && cause is not AggregateException ? " " + cause.Message : "";
        return FirstLine(exception.Message + inner);
    }

    private static string FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}
