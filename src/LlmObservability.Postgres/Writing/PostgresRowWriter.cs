using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>The fields of each table's rows, in the order of <see cref="PostgresColumns"/>.</summary>
internal readonly struct PostgresRowWriter(PostgresRowBuffer row)
{
    public void Call(LlmCall call)
    {
        row.Id(call.Id);
        row.Time(call.StartedAt);
        row.Text(call.TraceId);
        row.Text(call.SpanId);
        row.Text(call.ParentSpanId);
        Tags(call.Tags);
        row.Text(call.Operation);
        row.Text(call.OutputType);
        row.Text(call.Provider);
        row.Text(call.Model);
        row.Text(call.RequestModel);
        row.Text(call.ResponseModel);
        row.Text(call.ResponseId);
        row.Text(call.ServerAddress);
        row.Integer(call.ServerPort);
        row.Text(call.ServiceTier);
        row.Text(call.Geo);
        row.Text(call.Speed);
        row.Integer(call.WebSearchCount);
        row.Integer(call.InputCount);
        row.Integer(call.Dimensions);
        Http(call.Http);
        row.Number(call.Similarity);
        row.Boolean(call.SchemaValidated);
        row.Text(call.SchemaErrors);
        row.Text(call.Outcome.ToName());
        row.Integer(call.HttpStatus);
        row.Text(call.ErrorType);
        row.Text(call.FinishReason);
        row.Boolean(call.Streaming);
        row.Boolean(call.Cached);
        row.Integer(call.AttemptCount);
        row.Integer(call.ToolCallCount);
        Tokens(call.Tokens);
        Cost(call.Cost, call.CostReason, call.PriceEntry, call.CatalogDate);
        row.Duration(call.Duration);
        row.Duration(call.ProviderTime);
        row.Duration(call.TimeToFirstToken);
        row.Duration(call.QueueWait);
        row.Integer(call.ChunkCount);
        row.Duration(call.LongestStall);
        row.Number(call.OutputTokensPerSecond);
    }

    public void Attempt(LlmCall call, LlmAttempt attempt)
    {
        Child(call.Id, call.StartedAt, attempt.Ordinal, attempt.StartedAt);
        row.Text(attempt.SpanId);
        row.Text(attempt.ParentSpanId);
        row.Text(attempt.Provider);
        row.Text(attempt.RequestModel);
        row.Text(attempt.ResponseModel);
        row.Text(attempt.ResponseId);
        Http(attempt.Http);
        row.Text(attempt.ServerAddress);
        row.Text(attempt.Outcome.ToName());
        row.Integer(attempt.HttpStatus);
        row.Text(attempt.ErrorType);
        row.Text(attempt.FinishReason);
        Tokens(attempt.Tokens);
        Cost(attempt.Cost, attempt.CostReason, attempt.PriceEntry, attempt.CatalogDate);
        row.Duration(attempt.Duration);
        row.Duration(attempt.TimeToFirstToken);
    }

    public void ToolCall(Guid callId, DateTimeOffset callStartedAt, LlmToolCall toolCall)
    {
        Child(callId, callStartedAt, toolCall.Ordinal, toolCall.StartedAt);
        row.Text(toolCall.TraceId);
        row.Text(toolCall.SpanId);
        row.Text(toolCall.ParentSpanId);
        row.Text(toolCall.Name);
        row.Text(toolCall.Type);
        row.Text(toolCall.ToolCallId);
        row.Text(toolCall.Outcome.ToName());
        row.Text(toolCall.ErrorType);
        row.Duration(toolCall.Duration);
    }

    public void Amendment(LlmAmendment amendment)
    {
        row.Id(amendment.Id);
        row.Id(amendment.CallId);
        row.Time(amendment.CallStartedAt);
        row.Time(amendment.CreatedAt);
        row.Text(amendment.Kind);
        row.Text(amendment.Name);
        row.Number(amendment.Score);
        row.Text(amendment.Label);
        Cost(amendment.Cost, amendment.CostReason, amendment.PriceEntry, amendment.CatalogDate);
    }

    public void Rejected(Guid writerId, Numbered item)
    {
        Staged(writerId, item.Sequence);
        row.Text(item.Reason!.Value.ToName());
        row.Text(PostgresRejectedRecord.KindName(item.Envelope));
        row.Id(item.Envelope.CallId);
        row.Time(item.Envelope.CallStartedAt);
        row.Json(PostgresRejectedRecord.Of(item.Envelope));
        row.Text(item.Detail);
    }

    /// <summary>The two columns that a staging table has beside those of its target.</summary>
    public void Staged(Guid writerId, long sequence)
    {
        row.Id(writerId);
        row.Long(sequence);
    }

    private void Http(LlmHttpDetail? http)
    {
        row.Text(http?.RequestId);
        row.Integer(http?.SendCount);
        row.Duration(http?.RetryAfter);
        row.Long(http?.RemainingRequests);
        row.Long(http?.RemainingTokens);
    }

    private void Child(Guid callId, DateTimeOffset callStartedAt, int ordinal, DateTimeOffset startedAt)
    {
        row.Id(callId);
        row.Time(callStartedAt);
        row.Integer(ordinal);
        row.Time(startedAt);
    }

    private void Tags(LlmTags tags)
    {
        row.Text(tags.User);
        row.Text(tags.Tenant);
        row.Text(tags.Session);
        row.Text(tags.Conversation);
        row.Text(tags.Episode);
        row.Text(tags.Route);
        row.Text(tags.Feature);
        row.Text(tags.Config);
        row.Text(tags.Variant);
        row.Text(tags.Environment);
        row.Text(tags.Service);
        row.Text(tags.ServiceVersion);
        PostgresJson.Tags(row, tags.Custom);
    }

    private void Tokens(LlmTokens tokens)
    {
        row.Text(tokens.Source.ToName());
        var known = tokens.Source != LlmUsageSource.Missing;
        row.Long(known ? tokens.Input : null);
        row.Long(known ? tokens.UncachedInput : null);
        row.Long(known ? tokens.CacheRead : null);
        row.Long(known ? tokens.CacheWrite5m : null);
        row.Long(known ? tokens.CacheWrite1h : null);
        row.Long(known ? tokens.Output : null);
        row.Long(known ? tokens.VisibleOutput : null);
        row.Long(known ? tokens.Reasoning : null);
        PostgresJson.Detail(row, known ? tokens.Detail : null);
    }

    private void Cost(LlmCost? cost, LlmCostReason? reason, string? priceEntry, DateOnly? catalogDate)
    {
        row.Long(cost?.TotalNanos);
        row.Long(cost?.InputNanos);
        row.Long(cost?.CachedInputNanos);
        row.Long(cost?.OutputNanos);
        row.Long(cost?.FeesNanos);
        row.Text(reason?.ToName());
        row.Text(priceEntry);
        row.Date(catalogDate);
    }
}
