using System.Diagnostics.CodeAnalysis;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A call, by the names of the envelope's form (docs/envelope.md), with its model and its cost in dollars besides.</summary>
internal sealed record CallAnswer : ExchangeAnswer
{
    [SetsRequiredMembers]
    public CallAnswer(LlmCall call)
        : base(call.Tokens, call.Http, call.Cost, call.CostReason, call.PriceEntry, call.CatalogDate)
    {
        Id = call.Id;
        StartedAt = call.StartedAt;
        TraceId = call.TraceId;
        SpanId = call.SpanId;
        ParentSpanId = call.ParentSpanId;
        User = call.Tags.User;
        Tenant = call.Tags.Tenant;
        Session = call.Tags.Session;
        Conversation = call.Tags.Conversation;
        Episode = call.Tags.Episode;
        Route = call.Tags.Route;
        Feature = call.Tags.Feature;
        Config = call.Tags.Config;
        Variant = call.Tags.Variant;
        Environment = call.Tags.Environment;
        Service = call.Tags.Service;
        ServiceVersion = call.Tags.ServiceVersion;
        Tags = call.Tags.Custom.Count == 0 ? null : call.Tags.Custom.ToDictionary(tag => tag.Key, tag => tag.Value);
        Operation = call.Operation;
        OutputType = call.OutputType;
        Provider = call.Provider;
        Model = call.Model;
        RequestModel = call.RequestModel;
        ResponseModel = call.ResponseModel;
        ResponseId = call.ResponseId;
        ServerAddress = call.ServerAddress;
        ServerPort = call.ServerPort;
        ServiceTier = call.ServiceTier;
        Geo = call.Geo;
        Speed = call.Speed;
        WebSearchCount = call.WebSearchCount;
        InputCount = call.InputCount;
        Dimensions = call.Dimensions;
        Similarity = Finite(call.Similarity);
        SchemaValidated = call.SchemaValidated;
        SchemaErrors = call.SchemaErrors;
        Outcome = call.Outcome.ToName();
        HttpStatus = call.HttpStatus;
        ErrorType = call.ErrorType;
        FinishReason = call.FinishReason;
        Streaming = call.Streaming;
        Cached = call.Cached;
        AttemptCount = call.AttemptCount;
        ToolCallCount = call.ToolCallCount;
        DurationUs = Microseconds(call.Duration);
        ProviderTimeUs = Microseconds(call.ProviderTime);
        TimeToFirstTokenUs = Microseconds(call.TimeToFirstToken);
        QueueWaitUs = Microseconds(call.QueueWait);
        ChunkCount = call.ChunkCount;
        LongestStallUs = Microseconds(call.LongestStall);
        OutputTokensPerSecond = Finite(call.OutputTokensPerSecond);
    }

    public Guid Id { get; }

    public string? TraceId { get; }

    public string? SpanId { get; }

    public string? ParentSpanId { get; }

    public string? User { get; }

    public string? Tenant { get; }

    public string? Session { get; }

    public string? Conversation { get; }

    public string? Episode { get; }

    public string? Route { get; }

    public string? Feature { get; }

    public string? Config { get; }

    public string? Variant { get; }

    public string? Environment { get; }

    public string? Service { get; }

    public string? ServiceVersion { get; }

    public IReadOnlyDictionary<string, string>? Tags { get; }

    public string Operation { get; }

    public string OutputType { get; }

    public string? Model { get; }

    public int? ServerPort { get; }

    public string? ServiceTier { get; }

    public string? Geo { get; }

    public string? Speed { get; }

    public int WebSearchCount { get; }

    public int? InputCount { get; }

    public int? Dimensions { get; }

    public double? Similarity { get; }

    public bool? SchemaValidated { get; }

    public string? SchemaErrors { get; }

    public bool Streaming { get; }

    public bool Cached { get; }

    public int AttemptCount { get; }

    public int ToolCallCount { get; }

    public long ProviderTimeUs { get; }

    public long? QueueWaitUs { get; }

    public int ChunkCount { get; }

    public long? LongestStallUs { get; }

    public double? OutputTokensPerSecond { get; }
}
