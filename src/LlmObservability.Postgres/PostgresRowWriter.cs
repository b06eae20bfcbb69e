using LlmObservability.Sinks;
using Npgsql;
using NpgsqlTypes;

namespace LlmObservability.Postgres;

/// <summary>Writes rows of a binary COPY, column by column in the order of <see cref="PostgresColumns"/>.</summary>
internal readonly struct PostgresRowWriter(NpgsqlBinaryImporter importer, CancellationToken cancellationToken)
{
    public async Task CallAsync(LlmCall call)
    {
        await importer.StartRowAsync(cancellationToken).ConfigureAwait(false);
        await IdAsync(call.Id).ConfigureAwait(false);
        await TimeAsync(call.StartedAt).ConfigureAwait(false);
        await TextAsync(call.TraceId).ConfigureAwait(false);
        await TextAsync(call.SpanId).ConfigureAwait(false);
        await TagsAsync(call.Tags).ConfigureAwait(false);
        await TextAsync(call.Operation).ConfigureAwait(false);
        await TextAsync(call.OutputType).ConfigureAwait(false);
        await TextAsync(call.Provider).ConfigureAwait(false);
        await TextAsync(call.Model).ConfigureAwait(false);
        await TextAsync(call.RequestModel).ConfigureAwait(false);
        await TextAsync(call.ResponseModel).ConfigureAwait(false);
        await TextAsync(call.ResponseId).ConfigureAwait(false);
        await TextAsync(call.ServerAddress).ConfigureAwait(false);
        await IntegerAsync(call.ServerPort).ConfigureAwait(false);
        await TextAsync(call.ServiceTier).ConfigureAwait(false);
        await TextAsync(call.Outcome.ToName()).ConfigureAwait(false);
        await IntegerAsync(call.HttpStatus).ConfigureAwait(false);
        await TextAsync(call.ErrorType).ConfigureAwait(false);
        await TextAsync(call.FinishReason).ConfigureAwait(false);
        await importer.WriteAsync(call.Streaming, NpgsqlDbType.Boolean, cancellationToken).ConfigureAwait(false);
        await importer.WriteAsync(call.Cached, NpgsqlDbType.Boolean, cancellationToken).ConfigureAwait(false);
        await IntegerAsync(call.AttemptCount).ConfigureAwait(false);
        await IntegerAsync(call.ToolCallCount).ConfigureAwait(false);
        await TokensAsync(call.Tokens).ConfigureAwait(false);
        await CostAsync(call.Cost, call.CostReason, call.PriceEntry, call.CatalogDate).ConfigureAwait(false);
        await DurationAsync(call.Duration).ConfigureAwait(false);
        await DurationAsync(call.ProviderTime).ConfigureAwait(false);
        await DurationAsync(call.TimeToFirstToken).ConfigureAwait(false);
        await DurationAsync(call.QueueWait).ConfigureAwait(false);
        await NumberAsync(call.OutputTokensPerSecond).ConfigureAwait(false);
    }

    public async Task AttemptAsync(LlmCall call, LlmAttempt attempt)
    {
        await ChildAsync(call, attempt.Ordinal, attempt.StartedAt).ConfigureAwait(false);
        await TextAsync(attempt.Provider).ConfigureAwait(false);
        await TextAsync(attempt.RequestModel).ConfigureAwait(false);
        await TextAsync(attempt.ResponseModel).ConfigureAwait(false);
        await TextAsync(attempt.ResponseId).ConfigureAwait(false);
        await TextAsync(attempt.ProviderRequestId).ConfigureAwait(false);
        await TextAsync(attempt.ServerAddress).ConfigureAwait(false);
        await TextAsync(attempt.Outcome.ToName()).ConfigureAwait(false);
        await IntegerAsync(attempt.HttpStatus).ConfigureAwait(false);
        await TextAsync(attempt.ErrorType).ConfigureAwait(false);
        await TextAsync(attempt.FinishReason).ConfigureAwait(false);
        await TokensAsync(attempt.Tokens).ConfigureAwait(false);
        await CostAsync(attempt.Cost, attempt.CostReason, attempt.PriceEntry, attempt.CatalogDate).ConfigureAwait(false);
        await DurationAsync(attempt.Duration).ConfigureAwait(false);
        await DurationAsync(attempt.TimeToFirstToken).ConfigureAwait(false);
    }

    public async Task ToolCallAsync(LlmCall call, LlmToolCall toolCall)
    {
        await ChildAsync(call, toolCall.Ordinal, toolCall.StartedAt).ConfigureAwait(false);
        await TextAsync(toolCall.Name).ConfigureAwait(false);
        await TextAsync(toolCall.Type).ConfigureAwait(false);
        await TextAsync(toolCall.ToolCallId).ConfigureAwait(false);
        await TextAsync(toolCall.Outcome.ToName()).ConfigureAwait(false);
        await TextAsync(toolCall.ErrorType).ConfigureAwait(false);
        await DurationAsync(toolCall.Duration).ConfigureAwait(false);
    }

    public async Task AmendmentAsync(LlmAmendment amendment)
    {
        await importer.StartRowAsync(cancellationToken).ConfigureAwait(false);
        await IdAsync(amendment.Id).ConfigureAwait(false);
        await IdAsync(amendment.CallId).ConfigureAwait(false);
        await TimeAsync(amendment.CallStartedAt).ConfigureAwait(false);
        await TimeAsync(amendment.CreatedAt).ConfigureAwait(false);
        await TextAsync(amendment.Kind).ConfigureAwait(false);
        await TextAsync(amendment.Name).ConfigureAwait(false);
        await NumberAsync(amendment.Score).ConfigureAwait(false);
        await TextAsync(amendment.Label).ConfigureAwait(false);
        await CostAsync(amendment.Cost, amendment.CostReason, amendment.PriceEntry, amendment.CatalogDate).ConfigureAwait(false);
    }

    public async Task RejectedAsync(Guid writerId, long sequence, LlmDropReason reason, LlmEnvelope envelope)
    {
        await importer.StartRowAsync(cancellationToken).ConfigureAwait(false);
        await StagedAsync(writerId, sequence).ConfigureAwait(false);
        await TextAsync(PostgresJson.ReasonName(reason)).ConfigureAwait(false);
        await TextAsync(PostgresJson.KindName(envelope)).ConfigureAwait(false);
        await IdAsync(envelope.CallId).ConfigureAwait(false);
        await TimeAsync(envelope.CallStartedAt).ConfigureAwait(false);
        await JsonAsync(PostgresJson.Rejected(envelope)).ConfigureAwait(false);
    }

    /// <summary>The two columns that a staging table has beside those of its target.</summary>
    public async Task StagedAsync(Guid writerId, long sequence)
    {
        await IdAsync(writerId).ConfigureAwait(false);
        await LongAsync(sequence).ConfigureAwait(false);
    }

    private async Task ChildAsync(LlmCall call, int ordinal, DateTimeOffset startedAt)
    {
        await importer.StartRowAsync(cancellationToken).ConfigureAwait(false);
        await IdAsync(call.Id).ConfigureAwait(false);
        await TimeAsync(call.StartedAt).ConfigureAwait(false);
        await IntegerAsync(ordinal).ConfigureAwait(false);
        await TimeAsync(startedAt).ConfigureAwait(false);
    }

    private async Task TagsAsync(LlmTags tags)
    {
        await TextAsync(tags.User).ConfigureAwait(false);
        await TextAsync(tags.Tenant).ConfigureAwait(false);
        await TextAsync(tags.Session).ConfigureAwait(false);
        await TextAsync(tags.Conversation).ConfigureAwait(false);
        await TextAsync(tags.Episode).ConfigureAwait(false);
        await TextAsync(tags.Route).ConfigureAwait(false);
        await TextAsync(tags.Feature).ConfigureAwait(false);
        await TextAsync(tags.Config).ConfigureAwait(false);
        await TextAsync(tags.Variant).ConfigureAwait(false);
        await TextAsync(tags.Environment).ConfigureAwait(false);
        await TextAsync(tags.Service).ConfigureAwait(false);
        await TextAsync(tags.ServiceVersion).ConfigureAwait(false);
        await JsonAsync(PostgresJson.Tags(tags.Custom)).ConfigureAwait(false);
    }

    private async Task TokensAsync(LlmTokens tokens)
    {
        await TextAsync(tokens.Source.ToName()).ConfigureAwait(false);
        var known = tokens.Source != LlmUsageSource.Missing;
        await LongAsync(known ? tokens.Input : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.UncachedInput : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.CacheRead : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.CacheWrite5m : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.CacheWrite1h : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.Output : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.VisibleOutput : null).ConfigureAwait(false);
        await LongAsync(known ? tokens.Reasoning : null).ConfigureAwait(false);
        await JsonAsync(known ? PostgresJson.Detail(tokens.Detail) : null).ConfigureAwait(false);
    }

    private async Task CostAsync(LlmCost? cost, LlmCostReason? reason, string? priceEntry, DateOnly? catalogDate)
    {
        await LongAsync(cost?.TotalNanos).ConfigureAwait(false);
        await LongAsync(cost?.InputNanos).ConfigureAwait(false);
        await LongAsync(cost?.CachedInputNanos).ConfigureAwait(false);
        await LongAsync(cost?.OutputNanos).ConfigureAwait(false);
        await LongAsync(cost?.FeesNanos).ConfigureAwait(false);
        await TextAsync(reason?.ToName()).ConfigureAwait(false);
        await TextAsync(priceEntry).ConfigureAwait(false);
        await (catalogDate is { } date
            ? importer.WriteAsync(date, NpgsqlDbType.Date, cancellationToken)
            : importer.WriteNullAsync(cancellationToken)).ConfigureAwait(false);
    }

    private Task IdAsync(Guid value) => importer.WriteAsync(value, NpgsqlDbType.Uuid, cancellationToken);

    private Task TimeAsync(DateTimeOffset value) =>
        importer.WriteAsync(value.ToUniversalTime(), NpgsqlDbType.TimestampTz, cancellationToken);

    private Task TextAsync(string? value) => value is null
        ? importer.WriteNullAsync(cancellationToken)
        : importer.WriteAsync(StorableText.Clean(value), NpgsqlDbType.Text, cancellationToken);

    private Task JsonAsync(string? value) => value is null
        ? importer.WriteNullAsync(cancellationToken)
        : importer.WriteAsync(value, NpgsqlDbType.Jsonb, cancellationToken);

    private Task LongAsync(long? value) => value is { } known
        ? importer.WriteAsync(known, NpgsqlDbType.Bigint, cancellationToken)
        : importer.WriteNullAsync(cancellationToken);

    private Task IntegerAsync(int? value) => value is { } known
        ? importer.WriteAsync(known, NpgsqlDbType.Integer, cancellationToken)
        : importer.WriteNullAsync(cancellationToken);

    private Task NumberAsync(double? value) => value is { } known
        ? importer.WriteAsync(known, NpgsqlDbType.Double, cancellationToken)
        : importer.WriteNullAsync(cancellationToken);

    private Task DurationAsync(TimeSpan? value) => LongAsync(value?.Ticks / TimeSpan.TicksPerMicrosecond);
}
