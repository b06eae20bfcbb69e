using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Modalities;

/// <summary>What the scripted speech clients and image generators do alike.</summary>
internal abstract class ScriptedModality
{
    /// <summary>Runs before an answer, and before each update of a stream.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs when a stream is disposed.</summary>
    public Action AtDisposal { get; set; } = () => { };

    public string? Provider { get; set; } = "openai";

    public UsageDetails? Usage { get; set; } = new() { InputTokenCount = 100, OutputTokenCount = 500, TotalTokenCount = 600 };

    public object? Raw { get; set; }

    public object? LastOptions { get; protected set; }

    public int Calls { get; protected set; }

    public bool Disposed { get; private set; }

    public int StreamsDisposed { get; private set; }

    public void Dispose() => Disposed = true;

    protected Task BeginAsync(object? options, CancellationToken cancellationToken)
    {
        Calls++;
        LastOptions = options;
        return Before(cancellationToken);
    }

    /// <summary>An update without content, two with, and the usage.</summary>
    protected async IAsyncEnumerable<TUpdate> StreamAsync<TUpdate>(
        object? options, Func<IList<AIContent>, TUpdate> update, AIContent content,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Calls++;
        LastOptions = options;
        List<IList<AIContent>> all = [[], [content], [content]];
        if (Usage is not null)
        {
            all.Add([new UsageContent(Usage)]);
        }

        try
        {
            foreach (var contents in all)
            {
                await Before(cancellationToken);
                yield return update(contents);
            }
        }
        finally
        {
            StreamsDisposed++;
            AtDisposal();
        }
    }
}

internal sealed class ScriptedSpeechToText : ScriptedModality, ISpeechToTextClient
{
    public const string Model = "gpt-4o-transcribe";

    public Stream? LastAudio { get; private set; }

    public async Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        LastAudio = audioSpeechStream;
        await BeginAsync(options, cancellationToken);
        return new SpeechToTextResponse("a secret text") { ModelId = Model, ResponseId = "r-1", Usage = Usage, RawRepresentation = Raw };
    }

    public IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync(
            options,
            contents => new SpeechToTextResponseUpdate(contents) { ModelId = Model, ResponseId = "r-1", RawRepresentation = Raw },
            new TextContent("a secret text"), cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(SpeechToTextClientMetadata) ? new SpeechToTextClientMetadata(Provider, new Uri("https://api.openai.com/v1"), Model)
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
}

internal sealed class ScriptedTextToSpeech : ScriptedModality, ITextToSpeechClient
{
    public const string Model = "gpt-4o-mini-tts";

    public async Task<TextToSpeechResponse> GetAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        await BeginAsync(options, cancellationToken);
        return new TextToSpeechResponse([Audio()]) { ModelId = Model, ResponseId = "r-1", Usage = Usage, RawRepresentation = Raw };
    }

    public IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync(
            options,
            contents => new TextToSpeechResponseUpdate(contents) { ModelId = Model, ResponseId = "r-1", RawRepresentation = Raw },
            Audio(), cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(TextToSpeechClientMetadata) ? new TextToSpeechClientMetadata(Provider, new Uri("https://api.openai.com/v1"), Model)
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    private static DataContent Audio() => new(new byte[] { 1, 2, 3 }, "audio/wav");
}

internal sealed class ScriptedImages : ScriptedModality, IImageGenerator
{
    public const string Model = "gpt-image-1.5";

    public async Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        await BeginAsync(options, cancellationToken);
        return new ImageGenerationResponse([new DataContent(new byte[] { 1, 2, 3 }, "image/png")]) { Usage = Usage, RawRepresentation = Raw };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ImageGeneratorMetadata) ? new ImageGeneratorMetadata(Provider, new Uri("https://api.openai.com/v1"), Model)
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
}
