using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>A batch as rows of the tables it goes to, or of their staging tables, encoded for COPY.</summary>
internal sealed class PostgresRows : IDisposable
{
    // Enough for most calls; what is longer makes the buffer grow.
    private const int BytesARow = 640;

    private readonly PostgresNames _names;
    private readonly Guid _writerId;
    private readonly bool _staged;
    private readonly List<PostgresTableRows> _tables = [];

    private PostgresRows(PostgresNames names, Guid writerId, bool staged)
    {
        _names = names;
        _writerId = writerId;
        _staged = staged;
    }

    /// <summary>The tables that get any, in the order in which they are written.</summary>
    public IReadOnlyList<PostgresTableRows> Tables => _tables;

    /// <param name="names">The schema's names.</param>
    /// <param name="deltas">Sums the rows for the rollups, in the same transaction.</param>
    /// <param name="writerId">The writer.</param>
    /// <param name="staged">Whether the rows go to the staging tables; which of them are new, and add to the sums, is known only later then.</param>
    /// <param name="accepted">What becomes rows.</param>
    /// <param name="rejected">What is put aside.</param>
    /// <exception cref="LlmSinkException">A record has a value that cannot be encoded.</exception>
    public static PostgresRows Encode(
        PostgresNames names, RollupDeltas deltas, Guid writerId, bool staged, List<Numbered> accepted, List<Numbered> rejected)
    {
        var rows = new PostgresRows(names, writerId, staged);
        try
        {
            rows.Add(accepted, rejected);
            if (!staged)
            {
                rows._tables.AddRange(deltas.Encode(accepted));
            }

            return rows;
        }
        catch (Exception exception)
        {
            rows.Dispose();
            if (exception is not OutOfMemoryException)
            {
                // Encoding the same again ends the same. Its message could hold the value.
                throw new LlmSinkException(
                    LlmSinkFailure.Poison, $"A value of a record has no form for PostgreSQL ({exception.GetType().Name}).");
            }

            throw;
        }
    }

    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Buffer.Dispose();
        }

        _tables.Clear();
    }

    private void Add(List<Numbered> accepted, List<Numbered> rejected)
    {
        Table("calls", PostgresColumns.Calls, accepted, static (rows, row, item) =>
        {
            if (item.Envelope is LlmCallEnvelope envelope)
            {
                row.Buffer.BeginRow();
                row.Writer.Call(envelope.Call);
                rows.End(row, item);
            }
        });
        Table("attempts", PostgresColumns.Attempts, accepted, static (rows, row, item) =>
        {
            if (item.Envelope is LlmCallEnvelope { Attempts.Count: > 0 } envelope)
            {
                foreach (var attempt in envelope.Attempts)
                {
                    row.Buffer.BeginRow();
                    row.Writer.Attempt(envelope.Call, attempt);
                    rows.End(row, item);
                }
            }
        });
        Table("tool_calls", PostgresColumns.ToolCalls, accepted, static (rows, row, item) =>
        {
            var toolCalls = item.Envelope switch
            {
                LlmCallEnvelope call => call.ToolCalls,
                LlmToolCallEnvelope alone => [alone.ToolCall],
                _ => [],
            };
            foreach (var toolCall in toolCalls)
            {
                row.Buffer.BeginRow();
                row.Writer.ToolCall(item.Envelope.CallId, item.Envelope.CallStartedAt, toolCall);
                rows.End(row, item);
            }
        });
        Table("amendments", PostgresColumns.Amendments, accepted, static (rows, row, item) =>
        {
            if (item.Envelope is LlmAmendmentEnvelope envelope)
            {
                row.Buffer.BeginRow();
                row.Writer.Amendment(envelope.Amendment);
                rows.End(row, item);
            }
        });
        Fill($"{_names.Rejected} ({PostgresColumns.Rejected})", rejected, static (rows, row, item) =>
        {
            row.Buffer.BeginRow();
            row.Writer.Rejected(rows._writerId, item);
            row.Buffer.EndRow();
        });
    }

    private void Table(string table, string columns, List<Numbered> items, Action<PostgresRows, PostgresTableRows, Numbered> encode)
    {
        var target = _staged
            ? $"{_names.Of("staging_" + table)} ({columns}, writer_id, sequence)"
            : $"{_names.Of(table)} ({columns})";
        Fill(target, items, encode);
    }

    private void Fill(string target, List<Numbered> items, Action<PostgresRows, PostgresTableRows, Numbered> encode)
    {
        if (items.Count == 0)
        {
            return;
        }

        var table = new PostgresTableRows(target, new PostgresRowBuffer(items.Count * BytesARow));
        _tables.Add(table);
        foreach (var item in items)
        {
            encode(this, table, item);
        }

        if (table.Buffer.Rows == 0)
        {
            table.Buffer.Dispose();
            _tables.Remove(table);
        }
        else
        {
            table.Buffer.Trailer();
        }
    }

    private void End(PostgresTableRows row, Numbered item)
    {
        if (_staged)
        {
            row.Writer.Staged(_writerId, item.Sequence);
        }

        row.Buffer.EndRow();
    }
}
