using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What an exception of the driver means for a batch, in one line without a secret or a row's data.</summary>
internal static class PostgresErrors
{
    /// <param name="exception">What was thrown.</param>
    /// <param name="names">The schema.</param>
    /// <param name="aboutRows">Whether the server was given rows. Only then can a record be to blame: a trigger on DDL that refuses a migration must cost none.</param>
    public static LlmSinkException ToSinkException(Exception exception, PostgresNames names, bool aboutRows = false)
    {
        return exception switch
        {
            LlmSinkException known => known,
            // The server's exception is not passed on: with error details switched on, it prints a row's data.
            PostgresException postgres when aboutRows && IsRefusal(postgres) => new LlmSinkException(LlmSinkFailure.Poison, Refusal(postgres)),
            PostgresException postgres => new LlmSinkException(LlmSinkFailure.Transient, PostgresAdvice.For(postgres, names)),
            TimeoutException or NpgsqlException { InnerException: TimeoutException } => new LlmSinkException(
                LlmSinkFailure.Transient, "PostgreSQL did not answer in time.", exception),
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

    /// <summary>
    /// Whether the server refuses a row for what it holds: 22 data exceptions, 23 integrity constraints, 54 limits such as a
    /// row that is too long, P0 a trigger of the database's owner. The rest may pass: the server comes back, rights are
    /// granted, the schema is migrated. So may a column's other type, and a partition that is missing.
    /// </summary>
    private static bool IsRefusal(PostgresException exception)
    {
        return exception.SqlState[..2] is "22" or "23" or "54" or "P0"
            && exception.SqlState is not (PostgresErrorCodes.InvalidBinaryRepresentation or PostgresErrorCodes.BadCopyFileFormat)
            && !IsMissingPartition(exception);
    }

    private static string Refusal(PostgresException exception)
    {
        // Of a trigger's own exception the names, too, are whatever it filled in.
        var place = PostgresAdvice.IsRaised(exception) ? null : exception.ColumnName ?? exception.ConstraintName ?? exception.TableName;
        return $"PostgreSQL refuses what a record holds ({exception.SqlState}{(place is null ? "" : ", " + place)}).";
    }

    private static string FirstLine(NpgsqlException exception)
    {
        var inner = exception.InnerException is { } cause && cause is not AggregateException ? " " + cause.Message : "";
        return PostgresAdvice.FirstLine(exception.Message + inner);
    }
}
