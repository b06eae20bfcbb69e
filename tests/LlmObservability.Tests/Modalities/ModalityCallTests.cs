using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Tests.Modalities;

/// <summary>Speech and images: the same record as a chat call's, for every kind of client.</summary>
public sealed class ModalityCallTests : IAsyncDisposable
{
    private readonly Observing _observing = new(options => options.ReadBilling = raw => raw is "billed" ? new LlmBilling { CostUsd = 0.25m } : null);

    public static TheoryData<string> Kinds => ["speech to text", "text to speech", "images"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _observing.DisposeAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_completed_call_is_one_record_with_its_operation_and_output_type(string kind)
    {
        using var listening = new Listening(_observing);
        using var modality = Modality.Of(kind, _observing.Observer);
        var response = await modality.AskAsync(Token);

        var call = await _observing.OnlyCallAsync();
        (call.Operation, call.OutputType, call.Outcome, call.Streaming).ShouldBe(("generate_content", modality.OutputType, LlmOutcome.Completed, false));
        (call.Provider, call.ServerAddress, call.RequestModel, call.AttemptCount).ShouldBe(("openai", "api.openai.com", modality.Model, 1));
        // An image response names neither.
        (call.ResponseModel, call.ResponseId).ShouldBe(kind == "images" ? (null, null) : (modality.Model, "r-1"));
        (call.Tokens.Source, call.Tokens.Input, call.Tokens.Output).ShouldBe((LlmUsageSource.Reported, 100, 500));
        (call.InputCount, call.Dimensions).ShouldBe((null, null));
        modality.CallOf(response).ShouldBe(call);
        call.ToString().ShouldNotContain("secret");

        var span = listening.OnlySpan();
        (span.DisplayName, span.Kind).ShouldBe(($"generate_content {modality.Model}", ActivityKind.Client));
        span.GetTagItem("gen_ai.output.type").ShouldBe(modality.OutputType);
        span.GetTagItem("gen_ai.usage.output_tokens").ShouldBe(500L);
        listening.Recorded("gen_ai.client.token.usage").Select(heard => (heard.Value, heard.Tags["gen_ai.operation.name"])).ShouldBe(
            [(100, "generate_content"), (500, "generate_content")]);
        listening.Sum("llm_observability.requests", "llm_observability.outcome", "completed").ShouldBe(1);
    }

    /// <summary>Prices in USD a million tokens: speech in at 6, its text at 10; text to be spoken at 0.6, its speech at 12; text for images at 5, the images at 32.</summary>
    [Theory]
    [InlineData("speech to text", 600_000, 5_000_000)]
    [InlineData("text to speech", 60_000, 6_000_000)]
    [InlineData("images", 500_000, 16_000_000)]
    public async Task Plain_counts_are_priced_as_what_they_are_of(string kind, long inputNanos, long outputNanos)
    {
        using var modality = Modality.Of(kind, _observing.Observer);
        await modality.AskAsync(Token);
        var call = await _observing.OnlyCallAsync();
        (call.CostReason, call.Cost!.Value.InputNanos, call.Cost!.Value.OutputNanos).ShouldBe((LlmCostReason.Priced, inputNanos, outputNanos));
    }

    [Fact]
    public async Task Counts_of_sound_and_of_images_that_the_adapter_tells_are_taken_as_they_are()
    {
        using var speech = Modality.Of("speech to text", _observing.Observer);
        speech.Inner.Usage = new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10, InputAudioTokenCount = 90 };
        await speech.AskAsync(Token);
        using var images = Modality.Of("images", _observing.Observer);
        images.Inner.Usage = new UsageDetails
        {
            InputTokenCount = 244,
            OutputTokenCount = 4_160,
            AdditionalCounts = new() { ["InputTokenDetails.ImageTokenCount"] = 194, ["InputTokenDetails.TextTokenCount"] = 50 },
        };
        await images.AskAsync(Token);

        var calls = await _observing.CallsAsync();
        (calls[0].Tokens.UncachedInput, calls[0].Tokens.Detail!.AudioInput, calls[0].Tokens.VisibleOutput).ShouldBe((10, 90, 10));
        // 10 × 2,500 + 90 × 6,000 + 10 × 10,000 nano-dollars.
        calls[0].Cost!.Value.TotalNanos.ShouldBe(665_000);
        (calls[1].Tokens.UncachedInput, calls[1].Tokens.Detail!.ImageInput, calls[1].Tokens.Detail!.ImageOutput).ShouldBe((50, 194, 4_160));
        // 50 × 5,000 + 194 × 8,000 + 4,160 × 32,000 nano-dollars.
        calls[1].Cost!.Value.TotalNanos.ShouldBe(134_922_000);
        (calls[1].Tokens.Input, calls[1].Tokens.Output).ShouldBe((244, 4_160));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Without_usage_the_cost_is_unknown_and_the_providers_own_object_can_tell_it(string kind)
    {
        using var modality = Modality.Of(kind, _observing.Observer);
        modality.Inner.Usage = null;
        await modality.AskAsync(Token);
        modality.Inner.Raw = "billed";
        await modality.AskAsync(Token);
        (await _observing.CallsAsync()).Select(call => (call.CostReason, call.Cost?.TotalNanos)).ShouldBe(
            [(LlmCostReason.MissingUsage, null), (LlmCostReason.ReportedByProvider, 250_000_000)]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Failure_and_cancellation_reach_the_caller_as_they_are(string kind)
    {
        using var modality = Modality.Of(kind, _observing.Observer);
        var failure = new InvalidOperationException("a secret text");
        modality.Inner.Before = _ => throw failure;
        (await Should.ThrowAsync<InvalidOperationException>(() => modality.AskAsync(Token))).ShouldBeSameAs(failure);
        using var source = new CancellationTokenSource();
        modality.Inner.Before = async token =>
        {
            await source.CancelAsync();
            token.ThrowIfCancellationRequested();
        };
        await Should.ThrowAsync<OperationCanceledException>(() => modality.AskAsync(source.Token));

        var calls = await _observing.CallsAsync();
        calls.Select(call => (call.Operation, call.OutputType, call.Outcome, call.ErrorType)).ShouldBe(
        [
            ("generate_content", modality.OutputType, LlmOutcome.Failed, "System.InvalidOperationException"),
            ("generate_content", modality.OutputType, LlmOutcome.Cancelled, null),
        ]);
        calls.ShouldAllBe(call => !call.ToString().Contains("secret"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tags_on_the_options_are_recorded_and_never_passed_on(string kind)
    {
        using var modality = Modality.Of(kind, _observing.Observer);
        await modality.AskAsync(Token, tagged: true);
        var call = await _observing.OnlyCallAsync();
        (call.Tags.Tenant, call.Tags.Custom.Single().Value).ShouldBe(("acme", "7"));
        Properties(modality.Inner.LastOptions!).ShouldBeNull();

        _observing.Observer.Enabled = false;
        modality.CallOf(await modality.AskAsync(Token, tagged: true)).ShouldBeNull();
        Properties(modality.Inner.LastOptions!).ShouldBeNull();
        (await _observing.CallsAsync()).Count.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nested_wrappers_are_one_call_with_an_attempt(string kind)
    {
        using var modality = Modality.Of(kind, _observing.Observer, twice: true);
        await modality.AskAsync(Token);
        var call = await _observing.OnlyCallAsync();
        (call.AttemptCount, call.Tokens.Output, call.OutputType).ShouldBe((1, 500, modality.OutputType));
        var attempt = _observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>().Single().Attempts.ShouldHaveSingleItem();
        (attempt.Tokens.Output, attempt.Cost).ShouldBe((500, call.Cost));
    }

    [Fact]
    public async Task Kinds_inside_each_other_are_calls_of_their_own()
    {
        using var images = Modality.Of("images", _observing.Observer);
        using var speech = Modality.Of("text to speech", _observing.Observer);
        images.Inner.Before = async token =>
        {
            await speech.AskAsync(token);
            await _observing.Client.GetResponseAsync(Observing.Hello, null, token);
        };
        await images.AskAsync(Token);
        (await _observing.CallsAsync()).Select(call => (call.Operation, call.OutputType, call.AttemptCount)).ShouldBe(
            [("generate_content", "speech", 1), ("chat", "text", 1), ("generate_content", "image", 1)]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void GetService_and_disposal_stay_transparent(string kind)
    {
        var modality = Modality.Of(kind, _observing.Observer);
        modality.Service(modality.Inner.GetType()).ShouldBeSameAs(modality.Inner);
        modality.Service(typeof(string)).ShouldBeNull();
        modality.Service(typeof(ActivitySource)).ShouldBeNull();
        modality.WrapsOnlyOnce(_observing.Observer).ShouldBeTrue();
        modality.Dispose();
        modality.Inner.Disposed.ShouldBeTrue();
    }

    [Fact]
    public async Task The_audio_is_not_read()
    {
        using var inner = new ScriptedSpeechToText();
        using var client = inner.WithLlmObservability(_observing.Observer);
        using var audio = new MemoryStream(new byte[8]);
        await client.GetTextAsync(audio, cancellationToken: Token);
        inner.LastAudio.ShouldBeSameAs(audio);
        audio.Position.ShouldBe(0);
    }

    [Fact]
    public async Task They_are_wrapped_with_a_container_too()
    {
        await using var without = new ServiceCollection().BuildServiceProvider();
        Should.Throw<InvalidOperationException>(() => new ScriptedImages().WithLlmObservability(without)).Message.ShouldContain("AddLlmObservability");

        var services = new ServiceCollection();
        services.AddLlmObservability();
        await using var provider = services.BuildServiceProvider();
        var options = new LlmClientOptions { OnlyWrappedInside = true };
        using var speech = new ScriptedSpeechToText().WithLlmObservability(provider, options);
        (await speech.GetTextAsync(Stream.Null, cancellationToken: Token)).GetLlmCall()!.Cached.ShouldBeTrue();
        using var voice = new ScriptedTextToSpeech().WithLlmObservability(provider);
        (await voice.GetAudioAsync("x", cancellationToken: Token)).GetLlmCall()!.OutputType.ShouldBe("speech");
        using var images = new ScriptedImages().WithLlmObservability(provider);
        (await images.GenerateAsync(new ImageGenerationRequest("x"), cancellationToken: Token)).GetLlmCall()!.OutputType.ShouldBe("image");
    }

    private static AdditionalPropertiesDictionary? Properties(object options) => options switch
    {
        SpeechToTextOptions speech => speech.AdditionalProperties,
        TextToSpeechOptions voice => voice.AdditionalProperties,
        ImageGenerationOptions image => image.AdditionalProperties,
        _ => throw new ArgumentOutOfRangeException(nameof(options)),
    };
}
