using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Performance;

/// <summary>What the HTTP handler and the log scope add to a call.</summary>
[Collection(nameof(Alone))]
public sealed class HttpAndLogAllocationTests : IAsyncDisposable
{
    private readonly PromptClient _bare = new(50);
    private readonly ILoggerFactory _logs = LoggerFactory.Create(builder => builder.AddProvider(new Discarding()));
    private readonly LlmObserver _observer;
    private readonly LlmObserver _scoped;

    public HttpAndLogAllocationTests()
    {
        _observer = LlmObserver.Create([new DiscardingSink()], loggerFactory: _logs);
        _scoped = LlmObserver.Create([new DiscardingSink()], new LlmObservabilityOptions { CallLogScope = true }, loggerFactory: _logs);
    }

    public async ValueTask DisposeAsync()
    {
        await _scoped.DisposeAsync();
        await _observer.DisposeAsync();
        _logs.Dispose();
        _bare.Dispose();
    }

    [Fact]
    public void A_log_scope()
    {
        using var off = _bare.WithLlmObservability(_observer);
        using var on = _bare.WithLlmObservability(_scoped);
        (Allocated.By(() => Call(on)) - Allocated.By(() => Call(off))).ShouldBeInRange(100, 500);
    }

    [Fact]
    public void A_log_scope_of_a_stream_whose_updates_cost_nothing_more()
    {
        using var off = _bare.WithLlmObservability(_observer);
        using var on = _bare.WithLlmObservability(_scoped);
        using var longer = new PromptClient(500).WithLlmObservability(_scoped);
        var stream = Allocated.By(() => PromptClient.Drain(on));
        (stream - Allocated.By(() => PromptClient.Drain(off))).ShouldBeInRange(100, 500);
        Allocated.By(() => PromptClient.Drain(longer)).ShouldBe(stream);
    }

    [Fact]
    public void An_http_request_outside_of_a_call_nothing()
    {
        using var exchange = new Exchange();
        Allocated.By(() => exchange.Observed()).ShouldBe(Allocated.By(() => exchange.Bare()));
    }

    [Fact]
    public void An_http_request_inside_a_call()
    {
        using var exchange = new Exchange();
        using var bare = new Sending(_bare, exchange.Bare).WithLlmObservability(_observer);
        using var observed = new Sending(_bare, exchange.Observed).WithLlmObservability(_observer);
        (Allocated.By(() => Call(observed)) - Allocated.By(() => Call(bare))).ShouldBeInRange(100, 500);
    }

    private static void Call(IChatClient client) =>
        client.GetResponseAsync(PromptClient.Hello).IsCompletedSuccessfully.ShouldBeTrue();

    /// <summary>One request, answered at once with the same response each time.</summary>
    private sealed class Exchange : IDisposable
    {
        private readonly Answering _answering = new();
        private readonly HttpMessageInvoker _bare;
        private readonly HttpMessageInvoker _observed;
        private readonly HttpRequestMessage _request = new(HttpMethod.Post, "http://127.0.0.1/");

        public Exchange()
        {
            _bare = new HttpMessageInvoker(new PassingOn(_answering));
            _observed = new HttpMessageInvoker(new LlmHttpHandler(_answering));
        }

        public void Bare() => _bare.Send(_request, CancellationToken.None);

        public void Observed() => _observed.Send(_request, CancellationToken.None);

        public void Dispose()
        {
            _bare.Dispose();
            _observed.Dispose();
            _request.Dispose();
            _answering.Dispose();
        }
    }

    private sealed class PassingOn(HttpMessageHandler inner) : DelegatingHandler(inner);

    private sealed class Answering : HttpMessageHandler
    {
        private readonly HttpResponseMessage _response = new();

        public Answering()
        {
            _response.Headers.TryAddWithoutValidation("x-request-id", "req-1");
            _response.Headers.TryAddWithoutValidation("x-ratelimit-remaining-requests", "99");
            _response.Headers.TryAddWithoutValidation("x-ratelimit-remaining-tokens", "149000");
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => _response;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _response.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Sending(IChatClient inner, Action send) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            send();
            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class Discarding : ILoggerProvider, ISupportExternalScope, ILogger
    {
        public void SetScopeProvider(IExternalScopeProvider scopeProvider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
