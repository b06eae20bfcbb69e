using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The fields that a call and an attempt have in common, while an envelope is read.</summary>
internal sealed class ExchangeFields
{
    private LlmTokens _tokens;

    public CostFields Cost { get; } = new();

    public DateTimeOffset? StartedAt { get; private set; }

    public string? Provider { get; private set; }

    public string? RequestModel { get; private set; }

    public string? ResponseModel { get; private set; }

    public string? ResponseId { get; private set; }

    public string? ServerAddress { get; private set; }

    public LlmOutcome? Outcome { get; private set; }

    public int? HttpStatus { get; private set; }

    public string? ErrorType { get; private set; }

    public string? FinishReason { get; private set; }

    public LlmHttpDetail? Http { get; private set; }

    public TimeSpan Duration { get; private set; }

    public TimeSpan? TimeToFirstToken { get; private set; }

    /// <summary>No counts where there is no usage, whatever stood beside it.</summary>
    public LlmTokens Tokens => _tokens.Source == LlmUsageSource.Missing ? default : _tokens;

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "started_at": StartedAt = JsonValues.Time(ref json); break;
            case "provider": Provider = json.GetString(); break;
            case "request_model": RequestModel = json.GetString(); break;
            case "response_model": ResponseModel = json.GetString(); break;
            case "response_id": ResponseId = json.GetString(); break;
            case "server_address": ServerAddress = json.GetString(); break;
            case "outcome": Outcome = JsonValues.Outcome(ref json); break;
            case "http_status": HttpStatus = JsonValues.Int32(ref json); break;
            case "error_type": ErrorType = json.GetString(); break;
            case "finish_reason": FinishReason = json.GetString(); break;
            case "duration_us": Duration = JsonValues.Duration(ref json); break;
            case "time_to_first_token_us": TimeToFirstToken = JsonValues.Duration(ref json); break;
            default: return TryReadTokens(name, ref json) || TryReadHttp(name, ref json) || Cost.TryRead(name, ref json);
        }

        return true;
    }

    private bool TryReadHttp(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "http_send_count": Http = (Http ?? new()) with { SendCount = JsonValues.Int32(ref json) }; break;
            case "provider_request_id": Http = (Http ?? new()) with { RequestId = json.GetString() }; break;
            case "retry_after_us": Http = (Http ?? new()) with { RetryAfter = JsonValues.Duration(ref json) }; break;
            case "remaining_requests": Http = (Http ?? new()) with { RemainingRequests = JsonValues.Count(ref json) }; break;
            case "remaining_tokens": Http = (Http ?? new()) with { RemainingTokens = JsonValues.Count(ref json) }; break;
            default: return false;
        }

        return true;
    }

    private bool TryReadTokens(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        // The inclusive totals are written for readers of other kinds; here the disjoint classes make them.
        switch (name)
        {
            case "usage_source": _tokens = _tokens with { Source = JsonValues.UsageSource(ref json) }; break;
            case "uncached_input_tokens": _tokens = _tokens with { UncachedInput = JsonValues.Count(ref json) }; break;
            case "cache_read_tokens": _tokens = _tokens with { CacheRead = JsonValues.Count(ref json) }; break;
            case "cache_write_5m_tokens": _tokens = _tokens with { CacheWrite5m = JsonValues.Count(ref json) }; break;
            case "cache_write_1h_tokens": _tokens = _tokens with { CacheWrite1h = JsonValues.Count(ref json) }; break;
            case "visible_output_tokens": _tokens = _tokens with { VisibleOutput = JsonValues.Count(ref json) }; break;
            case "reasoning_tokens": _tokens = _tokens with { Reasoning = JsonValues.Count(ref json) }; break;
            case "token_detail": _tokens = _tokens with { Detail = EnvelopeReader.ReadTokenDetail(ref json) }; break;
            default: return false;
        }

        return true;
    }
}
