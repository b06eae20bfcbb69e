using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Modalities;

/// <summary>One kind of client, wrapped, so that one test runs for every kind.</summary>
/// <param name="inner">The inner client.</param>
internal abstract class Modality(ScriptedModality inner) : IDisposable
{
    public ScriptedModality Inner => inner;

    public abstract string OutputType { get; }

    public abstract string Model { get; }

    /// <summary>The kind by its name, wrapped, with another wrapper around it if asked for.</summary>
    public static Modality Of(string kind, LlmObserver observer, bool twice = false) => kind switch
    {
        "speech to text" => new SpeechToText(new ScriptedSpeechToText(), observer, twice),
        "text to speech" => new TextToSpeech(new ScriptedTextToSpeech(), observer, twice),
        "images" => new Images(new ScriptedImages(), observer, twice),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public abstract Task<object> AskAsync(CancellationToken cancellationToken, bool tagged = false);

    public abstract IAsyncEnumerable<object> Stream(CancellationToken cancellationToken, bool tagged = false);

    /// <summary>The record of a response or an update.</summary>
    public abstract LlmCall? CallOf(object response);

    public abstract object? Service(Type type);

    public abstract bool WrapsOnlyOnce(LlmObserver observer);

    public abstract void Dispose();

    private sealed class SpeechToText : Modality
    {
        private readonly ISpeechToTextClient _client;

        public SpeechToText(ScriptedSpeechToText inner, LlmObserver observer, bool twice)
            : base(inner)
        {
            _client = inner.WithLlmObservability(observer);
            _client = twice ? new Passing(_client).WithLlmObservability(observer) : _client;
        }

        public override string OutputType => "text";

        public override string Model => ScriptedSpeechToText.Model;

        public override async Task<object> AskAsync(CancellationToken cancellationToken, bool tagged = false) =>
            await _client.GetTextAsync(System.IO.Stream.Null, Options(tagged), cancellationToken);

        public override IAsyncEnumerable<object> Stream(CancellationToken cancellationToken, bool tagged = false) =>
            _client.GetStreamingTextAsync(System.IO.Stream.Null, Options(tagged), cancellationToken);

        public override LlmCall? CallOf(object response) =>
            response is SpeechToTextResponseUpdate update ? update.GetLlmCall() : ((SpeechToTextResponse)response).GetLlmCall();

        public override object? Service(Type type) => _client.GetService(type);

        public override bool WrapsOnlyOnce(LlmObserver observer) => ReferenceEquals(_client.WithLlmObservability(observer), _client);

        public override void Dispose() => _client.Dispose();

        private static SpeechToTextOptions? Options(bool tagged) =>
            tagged ? new SpeechToTextOptions { ModelId = ScriptedSpeechToText.Model }.WithLlmTag("tenant", "acme").WithLlmTag("size", 7) : null;

        private sealed class Passing(ISpeechToTextClient inner) : DelegatingSpeechToTextClient(inner);
    }

    private sealed class TextToSpeech : Modality
    {
        private readonly ITextToSpeechClient _client;

        public TextToSpeech(ScriptedTextToSpeech inner, LlmObserver observer, bool twice)
            : base(inner)
        {
            _client = inner.WithLlmObservability(observer);
            _client = twice ? new Passing(_client).WithLlmObservability(observer) : _client;
        }

        public override string OutputType => "speech";

        public override string Model => ScriptedTextToSpeech.Model;

        public override async Task<object> AskAsync(CancellationToken cancellationToken, bool tagged = false) =>
            await _client.GetAudioAsync("a secret text", Options(tagged), cancellationToken);

        public override IAsyncEnumerable<object> Stream(CancellationToken cancellationToken, bool tagged = false) =>
            _client.GetStreamingAudioAsync("a secret text", Options(tagged), cancellationToken);

        public override LlmCall? CallOf(object response) =>
            response is TextToSpeechResponseUpdate update ? update.GetLlmCall() : ((TextToSpeechResponse)response).GetLlmCall();

        public override object? Service(Type type) => _client.GetService(type);

        public override bool WrapsOnlyOnce(LlmObserver observer) => ReferenceEquals(_client.WithLlmObservability(observer), _client);

        public override void Dispose() => _client.Dispose();

        private static TextToSpeechOptions? Options(bool tagged) =>
            tagged ? new TextToSpeechOptions { ModelId = ScriptedTextToSpeech.Model }.WithLlmTag("tenant", "acme").WithLlmTag("size", 7) : null;

        private sealed class Passing(ITextToSpeechClient inner) : DelegatingTextToSpeechClient(inner);
    }

    private sealed class Images : Modality
    {
        private readonly IImageGenerator _generator;

        public Images(ScriptedImages inner, LlmObserver observer, bool twice)
            : base(inner)
        {
            _generator = inner.WithLlmObservability(observer);
            _generator = twice ? new Passing(_generator).WithLlmObservability(observer) : _generator;
        }

        public override string OutputType => "image";

        public override string Model => ScriptedImages.Model;

        public override async Task<object> AskAsync(CancellationToken cancellationToken, bool tagged = false) =>
            await _generator.GenerateAsync(new ImageGenerationRequest("a secret text"), Options(tagged), cancellationToken);

        public override IAsyncEnumerable<object> Stream(CancellationToken cancellationToken, bool tagged = false) => throw new NotSupportedException();

        public override LlmCall? CallOf(object response) => ((ImageGenerationResponse)response).GetLlmCall();

        public override object? Service(Type type) => _generator.GetService(type);

        public override bool WrapsOnlyOnce(LlmObserver observer) => ReferenceEquals(_generator.WithLlmObservability(observer), _generator);

        public override void Dispose() => _generator.Dispose();

        private static ImageGenerationOptions? Options(bool tagged) =>
            tagged ? new ImageGenerationOptions { ModelId = ScriptedImages.Model }.WithLlmTag("tenant", "acme").WithLlmTag("size", 7) : null;

        private sealed class Passing(IImageGenerator inner) : DelegatingImageGenerator(inner);
    }
}
