using System.Diagnostics;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Embeddings;

public sealed class EmbeddingTelemetryTests : IAsyncDisposable
{
    private static readonly string[] Values = ["x"];

    private readonly Observing _observing = new();
    private readonly Listening _listening;
    private readonly ScriptedEmbeddingGenerator _inner = new();
    private readonly IEmbeddingGenerator<string, Embedding<float>> _generator;

    public EmbeddingTelemetryTests()
    {
        _listening = new Listening(_observing);
        _generator = _inner.WithLlmObservability(_observing.Observer);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _generator.Dispose();
        _inner.Dispose();
        _listening.Dispose();
        return _observing.DisposeAsync();
    }

    [Fact]
    public async Task A_completed_call_is_one_client_span_with_the_attributes_of_the_conventions()
    {
        using (LlmScope.Begin(("tenant", "acme"), ("conversation", "c-1")))
        {
            await _generator.GenerateAsync(
                Values, new EmbeddingGenerationOptions { Dimensions = 3, AdditionalProperties = new() { ["encoding_format"] = "base64" } }, Token);
        }

        var span = _listening.OnlySpan();
        var call = await _observing.OnlyCallAsync();
        (span.DisplayName, span.Kind, span.Status).ShouldBe(("embeddings text-embedding-3-small", ActivityKind.Client, ActivityStatusCode.Unset));
        span.SpanId.ToHexString().ShouldBe(call.SpanId);
        SpanTests.Attributes(span).ShouldBe(new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = "embeddings",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "text-embedding-3-small",
            ["gen_ai.request.encoding_formats"] = "[base64]",
            ["server.address"] = "api.openai.com",
            ["server.port"] = 443,
            ["gen_ai.conversation.id"] = "c-1",
            ["gen_ai.embeddings.dimension.count"] = 3,
            ["gen_ai.response.model"] = "text-embedding-3-small",
            ["gen_ai.usage.input_tokens"] = 1_234L,
            ["gen_ai.usage.cost"] = 0.00002468,
            ["llm_observability.call.id"] = call.Id,
            ["llm_observability.tag.tenant"] = "acme",
            ["llm_observability.tag.conversation"] = "c-1",
        }.OrderBy(tag => tag.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Several_encoding_formats_are_all_told_and_anything_else_is_not()
    {
        await _generator.GenerateAsync(Values, new() { AdditionalProperties = new() { ["encoding_formats"] = new List<string> { "float", "binary" } } }, Token);
        await _generator.GenerateAsync(Values, new() { AdditionalProperties = new() { ["encoding_format"] = 7 } }, Token);
        _listening.Spans.Select(span => SpanTests.Attributes(span).FirstOrDefault(tag => tag.Key == "gen_ai.request.encoding_formats").Value)
            .ShouldBe(["[float,binary]", null]);
    }

    [Fact]
    public async Task A_failure_is_an_error_with_its_type_and_the_dimensions_asked_for()
    {
        _inner.Respond = (_, _, _) => throw new TimeoutException("a secret text");
        await Should.ThrowAsync<TimeoutException>(() => _generator.GenerateAsync(Values, null, Token));
        var span = _listening.OnlySpan();
        (span.Status, span.StatusDescription).ShouldBe((ActivityStatusCode.Error, null));
        span.GetTagItem("error.type").ShouldBe("System.TimeoutException");
        span.GetTagItem("gen_ai.embeddings.dimension.count").ShouldBe(1_536);
        span.GetTagItem("gen_ai.usage.input_tokens").ShouldBeNull();
        _listening.Recorded("gen_ai.client.operation.duration").ShouldHaveSingleItem().Tags["error.type"].ShouldBe("System.TimeoutException");
    }

    [Fact]
    public async Task Metrics_have_input_tokens_alone()
    {
        await _generator.GenerateAsync(Values, null, Token);
        var call = await _observing.OnlyCallAsync();
        var tokens = _listening.Recorded("gen_ai.client.token.usage").ShouldHaveSingleItem();
        (tokens.Value, tokens.Tags["gen_ai.token.type"], tokens.Tags["gen_ai.operation.name"]).ShouldBe((1_234, "input", "embeddings"));
        var duration = _listening.Recorded("gen_ai.client.operation.duration").ShouldHaveSingleItem();
        (duration.Value, duration.Tags["gen_ai.operation.name"]).ShouldBe((call.Duration.TotalSeconds, "embeddings"));
        _listening.Sum("llm_observability.requests", "gen_ai.operation.name", "embeddings").ShouldBe(1);
        _listening.Read("llm_observability.tokens").ShouldHaveSingleItem().Tags["gen_ai.token.type"].ShouldBe("input");
        _listening.Sum("llm_observability.cost").ShouldBe(0.00002468, 1e-12);
        _listening.Sum("llm_observability.requests.in_progress").ShouldBe(0);
    }

    [Fact]
    public async Task The_newer_conventions_have_input_tokens_alone_too()
    {
        await using var observing = new Observing(options => options.Telemetry.LatestConventions = true);
        using var listening = new Listening(observing);
        await _inner.WithLlmObservability(observing.Observer).GenerateAsync(Values, null, Token);
        listening.Recorded("gen_ai.client.inference.operation.input_tokens").ShouldHaveSingleItem().Value.ShouldBe(1_234);
        listening.Recorded("gen_ai.client.inference.operation.output_tokens").ShouldBeEmpty();
    }

    [Fact]
    public async Task Inside_a_chat_call_the_span_is_a_child_of_the_chat_calls_and_both_are_measured()
    {
        _observing.Inner.Respond = async (_, _, token) =>
        {
            await _generator.GenerateAsync(Values, null, token);
            return ScriptedChatClient.Response();
        };
        await _observing.Client.GetResponseAsync(Observing.Hello, null, Token);

        var spans = _listening.Spans.ToArray();
        spans.Select(span => span.DisplayName).ShouldBe(["embeddings text-embedding-3-small", "chat gpt-4o-mini"]);
        spans[0].ParentSpanId.ShouldBe(spans[1].SpanId);
        _listening.Recorded("gen_ai.client.operation.duration").Select(heard => heard.Tags["gen_ai.operation.name"]).ShouldBe(["embeddings", "chat"]);
        spans[1].GetTagItem("gen_ai.usage.cost").ShouldBe(0.00021);
    }

    [Theory]
    [InlineData("embeddings text-embedding-3-small", true)]
    [InlineData("chat gpt-4o-mini", false)]
    public async Task Another_instrumentations_span_is_enriched_only_where_it_is_of_an_embedding(string name, bool same)
    {
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => ReferenceEquals(candidate, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var around = source.StartActivity(name).ShouldNotBeNull();
        await _generator.GenerateAsync(Values, null, Token);

        _listening.Spans.Count.ShouldBe(same ? 0 : 1);
        _listening.Recorded("gen_ai.client.operation.duration").Count.ShouldBe(same ? 0 : 1);
        around.GetTagItem("gen_ai.usage.cost").ShouldBe(same ? 0.00002468 : null);
        _listening.Sum("llm_observability.requests").ShouldBe(1);
    }

    [Fact]
    public async Task Another_instrumentation_inside_speaks_for_the_embedding()
    {
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var generator = new Instrumented(_inner, source).WithLlmObservability(_observing.Observer);
        await generator.GenerateAsync(Values, null, Token);
        _listening.Spans.ShouldBeEmpty();
        _listening.Recorded("gen_ai.client.token.usage").ShouldBeEmpty();
        (await _observing.OnlyCallAsync()).Tokens.Input.ShouldBe(1_234);
    }

    [Fact]
    public async Task A_chat_wrapper_of_another_observer_around_does_not_speak_for_the_embedding()
    {
        await using var other = new Observing();
        other.Inner.Respond = async (_, _, token) =>
        {
            await _generator.GenerateAsync(Values, null, token);
            return ScriptedChatClient.Response();
        };
        await other.Client.GetResponseAsync(Observing.Hello, null, Token);
        _listening.OnlySpan().DisplayName.ShouldBe("embeddings text-embedding-3-small");
    }

    private sealed class Instrumented(IEmbeddingGenerator<string, Embedding<float>> inner, ActivitySource source)
        : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ActivitySource) ? source : base.GetService(serviceType, serviceKey);
    }
}
