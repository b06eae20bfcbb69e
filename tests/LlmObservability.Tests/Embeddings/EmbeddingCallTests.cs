using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Embeddings;

public sealed class EmbeddingCallTests : IAsyncDisposable
{
    private static readonly string[] Values = ["a secret text", "another"];

    private readonly Observing _observing = new();
    private readonly ScriptedEmbeddingGenerator _inner = new();
    private readonly IEmbeddingGenerator<string, Embedding<float>> _generator;

    public EmbeddingCallTests() => _generator = _inner.WithLlmObservability(_observing.Observer);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _generator.Dispose();
        _inner.Dispose();
        return _observing.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_completed_call_is_one_record_with_everything_the_result_told(bool waits)
    {
        var result = ScriptedEmbeddingGenerator.Result();
        _inner.Respond = async (_, _, _) =>
        {
            if (waits)
            {
                await Task.Yield();
            }

            return result;
        };
        var embeddings = await _generator.GenerateAsync(Values, cancellationToken: Token);

        embeddings.ShouldBeSameAs(result);
        var call = await _observing.OnlyCallAsync();
        (call.Operation, call.OutputType, call.Outcome, call.Streaming, call.AttemptCount).ShouldBe(("embeddings", "text", LlmOutcome.Completed, false, 1));
        (call.Provider, call.ServerAddress, call.ServerPort).ShouldBe(("openai", "api.openai.com", 443));
        (call.RequestModel, call.ResponseModel).ShouldBe(("text-embedding-3-small", "text-embedding-3-small"));
        (call.InputCount, call.Dimensions).ShouldBe((2, 3));
        (call.Tokens.Source, call.Tokens.Input, call.Tokens.Output).ShouldBe((LlmUsageSource.Reported, 1_234, 0));
        // 1,234 tokens at 0.02 USD a million: 20 nano-dollars each.
        (call.CostReason, call.Cost!.Value.TotalNanos, call.Cost!.Value.InputNanos).ShouldBe((LlmCostReason.Priced, 24_680, 24_680));
        call.PriceEntry.ShouldBe("openai/text-embedding-3-small");
        call.Duration.ShouldBe(call.ProviderTime);
        call.TimeToFirstToken.ShouldBeNull();
        LlmCallId.Matches(call.Id, call.StartedAt).ShouldBeTrue();
        embeddings.GetLlmCall().ShouldBe(call);
        JsonSerializer.Serialize(call).ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("text-embedding-3-large", 1_000_001, 130_000_130)]
    [InlineData("text-embedding-3-small", 3, 60)]
    [InlineData("text-embedding-ada-002", 7, 700)]
    public async Task The_cost_is_that_of_the_catalog_to_the_nano_dollar(string model, long tokens, long nanos)
    {
        _inner.Respond = (_, _, _) => Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new(new float[1]) { ModelId = model }])
        {
            Usage = new UsageDetails { InputTokenCount = tokens },
        });
        await _generator.GenerateAsync(Values, cancellationToken: Token);
        (await _observing.OnlyCallAsync()).Cost!.Value.TotalNanos.ShouldBe(nanos);
    }

    [Theory]
    [InlineData(10L, null, null, 10L, "priced")]
    [InlineData(10L, 0L, 10L, 10L, "priced")]
    [InlineData(null, null, 10L, 10L, "priced")]
    [InlineData(null, 0L, 10L, 10L, "priced")]
    [InlineData(null, null, null, 0L, "missing_usage")]
    [InlineData(null, 10L, null, 0L, "incomplete_usage")]
    [InlineData(10L, 1L, 11L, 10L, "unknown_model")]
    [InlineData(-1L, null, null, 0L, "invalid_usage")]
    public async Task An_embedding_has_input_alone_and_one_count_is_all_there_is(long? input, long? output, long? total, long counted, string reason)
    {
        var result = ScriptedEmbeddingGenerator.Result();
        result.Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = total };
        _inner.Respond = (_, _, _) => Task.FromResult(result);
        await _generator.GenerateAsync(Values, cancellationToken: Token);
        var call = await _observing.OnlyCallAsync();
        (call.Tokens.Input, call.CostReason.ToName()).ShouldBe((counted, reason));
        (call.Cost is null).ShouldBe(reason != "priced");
    }

    [Fact]
    public async Task What_is_known_before_counts_where_the_result_does_not_tell()
    {
        _inner.Respond = (_, _, _) => Task.FromResult(ScriptedEmbeddingGenerator.Result(count: 0));
        await _generator.GenerateAsync([], cancellationToken: Token);
        await _generator.GenerateAsync([], new EmbeddingGenerationOptions { Dimensions = 256 }, Token);
        _inner.Respond = (_, _, _) => Task.FromException<GeneratedEmbeddings<Embedding<float>>>(new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(() => _generator.GenerateAsync(new List<string> { "a", "b", "c" }, null, Token));
        await Should.ThrowAsync<TimeoutException>(() => _generator.GenerateAsync(Lazy(), new EmbeddingGenerationOptions { Dimensions = 256 }, Token));
        _inner.Metadata = null;
        await Should.ThrowAsync<TimeoutException>(() => _inner.WithLlmObservability(_observing.Observer).GenerateAsync(null!, null, Token));

        (await _observing.CallsAsync()).Select(call => (call.InputCount, call.Dimensions)).ShouldBe(
            [(0, 1_536), (0, 256), (3, 1_536), (null, 256), (null, null)]);

        static IEnumerable<string> Lazy()
        {
            yield return "x";
        }
    }

    [Fact]
    public async Task A_failure_reaches_the_caller_as_it_is_whether_thrown_at_once_or_later()
    {
        var failure = new HttpRequestException("a secret text", null, HttpStatusCode.TooManyRequests);
        _inner.Respond = (_, _, _) => throw failure;
        (await Should.ThrowAsync<HttpRequestException>(() => _generator.GenerateAsync(Values, null, Token))).ShouldBeSameAs(failure);
        _inner.Respond = async (_, _, _) =>
        {
            await Task.Yield();
            throw failure;
        };
        (await Should.ThrowAsync<HttpRequestException>(() => _generator.GenerateAsync(Values, null, Token))).ShouldBeSameAs(failure);

        foreach (var call in await _observing.CallsAsync())
        {
            (call.Operation, call.Outcome, call.HttpStatus, call.ErrorType).ShouldBe(
                ("embeddings", LlmOutcome.Failed, 429, "System.Net.Http.HttpRequestException"));
            (call.Tokens.Source, call.CostReason, call.Cost).ShouldBe((LlmUsageSource.Missing, LlmCostReason.MissingUsage, null));
            (call.InputCount, call.Dimensions).ShouldBe((2, 1_536));
            call.ToString().ShouldNotContain("secret");
        }

        _observing.Sink.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Cancellation_by_the_caller_is_cancelled_and_a_providers_own_timeout_is_failed()
    {
        using var source = new CancellationTokenSource();
        _inner.Respond = async (_, _, token) =>
        {
            token.ShouldBe(source.Token);
            await source.CancelAsync();
            token.ThrowIfCancellationRequested();
            return ScriptedEmbeddingGenerator.Result();
        };
        await Should.ThrowAsync<OperationCanceledException>(() => _generator.GenerateAsync(Values, null, source.Token));
        _inner.Respond = (_, _, _) => Task.FromException<GeneratedEmbeddings<Embedding<float>>>(new TaskCanceledException("timeout", new TimeoutException()));
        await Should.ThrowAsync<TaskCanceledException>(() => _generator.GenerateAsync(Values, null, Token));
        (await _observing.CallsAsync()).Select(call => call.Outcome).ShouldBe([LlmOutcome.Cancelled, LlmOutcome.Failed]);
    }

    [Fact]
    public async Task The_inputs_are_passed_on_and_not_enumerated()
    {
        var enumerated = 0;
        IEnumerable<string> Inputs()
        {
            enumerated++;
            yield return "x";
        }

        var inputs = Inputs();
        await _generator.GenerateAsync(inputs, null, Token);
        enumerated.ShouldBe(0);
        _inner.LastValues.ShouldBeSameAs(inputs);
    }

    [Fact]
    public async Task Options_without_tags_are_passed_on_as_they_are_and_those_with_tags_without_the_tags()
    {
        var plain = new EmbeddingGenerationOptions { AdditionalProperties = new() { ["own"] = 1 } };
        await _generator.GenerateAsync(Values, plain, Token);
        _inner.LastOptions.ShouldBeSameAs(plain);

        var tagged = new CustomOptions { ModelId = "text-embedding-3-large", Dimensions = 64, Extra = "kept", AdditionalProperties = new() { ["own"] = 1 } };
        tagged.WithLlmTag("tenant", "acme").WithLlmTag("size", 7).WithLlmTags([new("color", "blue")]);
        using (LlmScope.Begin(("route", "/search"), ("tenant", "outer")))
        {
            await _generator.GenerateAsync(Values, tagged, Token);
        }

        var seen = _inner.LastOptions.ShouldBeOfType<CustomOptions>();
        (seen.ModelId, seen.Dimensions, seen.Extra).ShouldBe(("text-embedding-3-large", 64, "kept"));
        seen.AdditionalProperties!.ShouldHaveSingleItem().Key.ShouldBe("own");
        tagged.AdditionalProperties!.Count.ShouldBe(2);
        var call = (await _observing.CallsAsync())[1];
        (call.Tags.Tenant, call.Tags.Route, call.RequestModel).ShouldBe(("acme", "/search", "text-embedding-3-large"));
        call.Tags.Custom.ShouldBe([new("color", "blue"), new("size", "7")], ignoreOrder: true);
    }

    [Fact]
    public async Task A_disabled_observer_passes_calls_through_without_their_tags()
    {
        _observing.Observer.Enabled = false;
        var embeddings = await _generator.GenerateAsync(Values, new EmbeddingGenerationOptions().WithLlmTag("tenant", "acme"), Token);
        embeddings.GetLlmCall().ShouldBeNull();
        _inner.LastOptions!.AdditionalProperties.ShouldBeNull();
        (await _observing.CallsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public void GetService_and_disposal_stay_transparent()
    {
        _generator.GetService<ScriptedEmbeddingGenerator>().ShouldBeSameAs(_inner);
        _generator.GetService<EmbeddingGeneratorMetadata>().ShouldBeSameAs(_inner.Metadata);
        _generator.GetService(typeof(string), "key").ShouldBeNull();
        _generator.GetService(typeof(ActivitySource)).ShouldBeNull();
        _generator.WithLlmObservability(_observing.Observer).ShouldBeSameAs(_generator);
        _generator.Dispose();
        _inner.Disposed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_recorder_that_fails_harms_no_call_and_is_counted()
    {
        await using var observing = new Observing(time: new BrokenClock());
        using var generator = _inner.WithLlmObservability(observing.Observer);
        (await generator.GenerateAsync(Values, null, Token)).Count.ShouldBe(2);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(1);
        (await _generator.GenerateAsync(new LyingList(), null, Token)).Count.ShouldBe(2);
        _observing.Observer.GetStatistics().CallsLost.ShouldBe(1);
    }

    [Fact]
    public async Task A_cost_that_the_adapter_hands_on_wins()
    {
        var result = ScriptedEmbeddingGenerator.Result();
        result.AdditionalProperties = new() { ["usage.cost"] = 0.000123m };
        _inner.Respond = (_, _, _) => Task.FromResult(result);
        await _generator.GenerateAsync(Values, null, Token);
        var call = await _observing.OnlyCallAsync();
        (call.CostReason, call.Cost!.Value.TotalNanos).ShouldBe((LlmCostReason.ReportedByProvider, 123_000));
    }

    [Fact]
    public async Task What_is_embedded_and_into_what_is_anybodys()
    {
        using var inner = new BinaryGenerator();
        using var generator = inner.WithLlmObservability(_observing.Observer);
        var result = await generator.GenerateAsync([new DataContent(new byte[] { 1 }, "image/png")], null, Token);
        result.GetLlmCall().ShouldBe(await _observing.OnlyCallAsync());
        result.GetLlmCall()!.Dimensions.ShouldBe(16);
    }

    private sealed class CustomOptions : EmbeddingGenerationOptions
    {
        public string? Extra { get; init; }
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("broken");
    }

    private sealed class LyingList : List<string>, ICollection<string>
    {
        int ICollection<string>.Count => throw new InvalidOperationException("broken");
    }

    private sealed class BinaryGenerator : IEmbeddingGenerator<DataContent, BinaryEmbedding>
    {
        public Task<GeneratedEmbeddings<BinaryEmbedding>> GenerateAsync(
            IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<BinaryEmbedding>([new(new System.Collections.BitArray(16))]));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
