using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>The COPY statements of one transaction: into the tables, or into their staging tables.</summary>
internal sealed class PostgresCopy(NpgsqlConnection connection, PostgresNames names, Guid writerId, bool staged, TimeSpan timeout)
{
    public async Task WriteAsync(List<Numbered> accepted, List<Numbered> rejected, CancellationToken cancellationToken)
    {
        var calls = accepted.FindAll(static item => item.Envelope is LlmCallEnvelope);
        await TableAsync(
            Target("calls", PostgresColumns.Calls),
            calls,
            async (writer, item) =>
            {
                await writer.CallAsync(((LlmCallEnvelope)item.Envelope).Call).ConfigureAwait(false);
                await EndAsync(writer, item).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await TableAsync(
            Target("attempts", PostgresColumns.Attempts),
            calls.FindAll(static item => ((LlmCallEnvelope)item.Envelope).Attempts.Count > 0),
            async (writer, item) =>
            {
                var envelope = (LlmCallEnvelope)item.Envelope;
                foreach (var attempt in envelope.Attempts)
                {
                    await writer.AttemptAsync(envelope.Call, attempt).ConfigureAwait(false);
                    await EndAsync(writer, item).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
        await TableAsync(
            Target("tool_calls", PostgresColumns.ToolCalls),
            calls.FindAll(static item => ((LlmCallEnvelope)item.Envelope).ToolCalls.Count > 0),
            async (writer, item) =>
            {
                var envelope = (LlmCallEnvelope)item.Envelope;
                foreach (var toolCall in envelope.ToolCalls)
                {
                    await writer.ToolCallAsync(envelope.Call, toolCall).ConfigureAwait(false);
                    await EndAsync(writer, item).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
        await TableAsync(
            Target("amendments", PostgresColumns.Amendments),
            accepted.FindAll(static item => item.Envelope is LlmAmendmentEnvelope),
            async (writer, item) =>
            {
                await writer.AmendmentAsync(((LlmAmendmentEnvelope)item.Envelope).Amendment).ConfigureAwait(false);
                await EndAsync(writer, item).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await TableAsync(
            $"{names.Rejected} ({PostgresColumns.Rejected})",
            rejected,
            (writer, item) => writer.RejectedAsync(writerId, item.Sequence, item.Reason!.Value, item.Envelope),
            cancellationToken).ConfigureAwait(false);
    }

    private string Target(string table, string columns) => staged
        ? $"{names.Of("staging_" + table)} ({columns}, writer_id, sequence)"
        : $"{names.Of(table)} ({columns})";

    private Task EndAsync(PostgresRowWriter writer, Numbered item) =>
        staged ? writer.StagedAsync(writerId, item.Sequence) : Task.CompletedTask;

    private async Task TableAsync(
        string target, List<Numbered> items, Func<PostgresRowWriter, Numbered, Task> write, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
        {
            return;
        }

        var importer = await connection.BeginBinaryImportAsync(
            PostgresLlmTracing.Own($"COPY {target} FROM STDIN (FORMAT BINARY)"), cancellationToken).ConfigureAwait(false);
        // Disposed without Complete, the COPY is cancelled.
        await using var ending = importer.ConfigureAwait(false);
        importer.Timeout = timeout;
        var writer = new PostgresRowWriter(importer, cancellationToken);
        foreach (var item in items)
        {
            try
            {
                await write(writer, item).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidCastException or OverflowException)
            {
                // Its message could hold the value.
                throw new LlmSinkException(
                    LlmSinkFailure.Poison, $"The PostgreSQL driver refuses a value of a record ({exception.GetType().Name}).");
            }
        }

        await importer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
