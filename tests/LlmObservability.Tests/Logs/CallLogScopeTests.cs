using System.Runtime.CompilerServices;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace LlmObservability.Tests.Logs;

public sealed class CallLogScopeTests : IAsyncDisposable
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.User, "Hi")];

    private readonly ScopedLog _log = new();
    private readonly RecordingSink _sink = new();
    private readonly ScriptedChatClient _inner = new();
    private readonly LlmObserver _observer;
    private readonly IChatClient _client;

    public CallLogScopeTests()
    {
        _observer = Observe(_log.Factory);
        _client = _inner.WithLlmObservability(_observer);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _observer.DisposeAsync();
        _client.Dispose();
        _inner.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Off_unless_asked_for()
    {
        await using var observer = LlmObserver.Create([_sink], loggerFactory: _log.Factory);
        using var client = _inner.WithLlmObservability(observer);
        Say("inside");

        await client.GetResponseAsync(Hello, cancellationToken: Token);

        _log.Scopes("inside").ShouldBeEmpty();
    }

    [Fact]
    public async Task Lines_inside_a_call_that_answers_at_once_carry_its_id_and_those_after_it_none()
    {
        Say("inside");

        var answering = _client.GetResponseAsync(Hello, cancellationToken: Token);

        answering.IsCompletedSuccessfully.ShouldBeTrue();
        _log.Write("after");
        _log.Scopes("inside").ShouldBe([await OnlyIdAsync()]);
        _log.Scopes("after").ShouldBeEmpty();
    }

    [Fact]
    public async Task Lines_after_an_await_inside_carry_it_and_the_callers_none()
    {
        var answer = new TaskCompletionSource();
        _inner.Respond = async (_, _, token) =>
        {
            _log.Write("before the await");
            await answer.Task.WaitAsync(token);
            _log.Write("after the await");
            return ScriptedChatClient.Response();
        };

        using (_log.App.BeginScope("the caller's"))
        {
            var answering = _client.GetResponseAsync(Hello, cancellationToken: Token);
            _log.Write("meanwhile");
            answer.SetResult();
            await answering;
            _log.Write("after");
        }

        var id = await OnlyIdAsync();
        _log.Scopes("before the await").ShouldBe(["the caller's", id]);
        _log.Scopes("after the await").ShouldBe(["the caller's", id]);
        _log.Scopes("meanwhile").ShouldBe(["the caller's"]);
        _log.Scopes("after").ShouldBe(["the caller's"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_leaves_nothing_behind(bool atOnce)
    {
        _inner.Respond = async (_, _, _) =>
        {
            if (!atOnce)
            {
                await Task.Yield();
            }

            _log.Write("inside");
            throw new InvalidOperationException("refused");
        };

        await Should.ThrowAsync<InvalidOperationException>(_client.GetResponseAsync(Hello, cancellationToken: Token));

        _log.Write("after");
        _log.Scopes("inside").ShouldBe([await OnlyIdAsync()]);
        _log.Scopes("after").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_step_of_a_stream_carries_it_and_its_consumer_never(bool early)
    {
        _inner.Stream = (_, _, token) => Steps(token);
        var taken = 0;

        await foreach (var _ in _client.GetStreamingResponseAsync(Hello, cancellationToken: Token))
        {
            _log.Write($"consumer {++taken}");
            if (early && taken == 2)
            {
                break;
            }
        }

        _log.Write("after");
        var id = await OnlyIdAsync();
        for (var step = 1; step <= taken; step++)
        {
            _log.Scopes($"step {step}").ShouldBe([id]);
            _log.Scopes($"consumer {step}").ShouldBeEmpty();
        }

        taken.ShouldBe(early ? 2 : 3);
        _log.Scopes("disposed").ShouldBe([id]);
        _log.Scopes("after").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_end_of_a_stream_leaves_a_scope_alone_that_its_consumer_began_meanwhile()
    {
        _inner.Stream = (_, _, token) => Steps(token);
        var updates = _client.GetStreamingResponseAsync(Hello, cancellationToken: Token).GetAsyncEnumerator(Token);
        (await updates.MoveNextAsync()).ShouldBeTrue();

        using (_log.App.BeginScope("the consumer's"))
        {
            while (await updates.MoveNextAsync())
            {
            }

            _log.Write("at the end");
            await updates.DisposeAsync();
            _log.Write("disposed by the consumer");
        }

        _log.Write("after");
        _log.Scopes("at the end").ShouldBe(["the consumer's"]);
        _log.Scopes("disposed by the consumer").ShouldBe(["the consumer's"]);
        _log.Scopes("after").ShouldBeEmpty();
        _log.Scopes("step 3").ShouldBe([await OnlyIdAsync()]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attempt_carries_the_logical_calls_id(bool streamed)
    {
        Say("attempt");
        _inner.Stream = (_, _, token) => Steps(token);
        using var nested = new Failover(_client, _log).WithLlmObservability(_observer);

        if (streamed)
        {
            await foreach (var _ in nested.GetStreamingResponseAsync(Hello, cancellationToken: Token))
            {
            }
        }
        else
        {
            await nested.GetResponseAsync(Hello, cancellationToken: Token);
        }

        _log.Write("after");
        var id = await OnlyIdAsync();
        _log.Scopes("between").ShouldBe([id]);
        _log.Scopes(streamed ? "step 2" : "attempt").ShouldBe([id]);
        _log.Scopes("after").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_call_of_its_own_inside_a_tool_carries_both_the_inner_one_last()
    {
        using var inner = new ScriptedChatClient();
        using var agent = inner.WithLlmObservability(_observer);
        inner.Respond = (_, _, _) =>
        {
            _log.Write("inner");
            return Task.FromResult(ScriptedChatClient.Response(model: "inner"));
        };
        _inner.Respond = async (_, _, token) =>
        {
            await agent.GetResponseAsync(Hello, new ChatOptions().WithLlmTag("agent", "b"), token);
            _log.Write("outer");
            return ScriptedChatClient.Response(model: "outer");
        };

        await _client.GetResponseAsync(Hello, cancellationToken: Token);

        await _observer.FlushAsync(Token);
        var ids = _sink.Calls.ToDictionary(call => call.ResponseModel!, call => (object?)call.Id.ToString());
        _log.Scopes("inner").ShouldBe([ids["outer"], ids["inner"]]);
        _log.Scopes("outer").ShouldBe([ids["outer"]]);
    }

    [Fact]
    public async Task Filters_of_the_librarys_own_category_do_not_take_it_away()
    {
        using var log = new ScopedLog(builder => builder.AddFilter("LlmObservability", LogLevel.None));
        await using var observer = Observe(log.Factory);
        using var client = _inner.WithLlmObservability(observer);
        _inner.Respond = (_, _, _) =>
        {
            log.Write("inside");
            return Task.FromResult(ScriptedChatClient.Response());
        };

        await client.GetResponseAsync(Hello, cancellationToken: Token);

        log.Scopes("inside").Length.ShouldBe(1);
    }

    [Fact]
    public async Task Where_the_flow_is_suppressed_there_is_none()
    {
        Say("inside");
        Task<ChatResponse> answering;
        using (ExecutionContext.SuppressFlow())
        {
            answering = _client.GetResponseAsync(Hello, cancellationToken: Token);
            _log.Write("after");
        }

        await answering;
        await OnlyIdAsync();
        _log.Scopes("inside").ShouldBeEmpty();
        _log.Scopes("after").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_provider_that_keeps_scopes_itself_gets_one_begun_and_one_ended()
    {
        using var provider = new OwnScopes();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(provider));
        await using var observer = Observe(factory);
        using var client = _inner.WithLlmObservability(observer);
        _inner.Respond = async (_, _, _) =>
        {
            await Task.Yield();
            (provider.Begun, provider.Ended).ShouldBe((1, 0));
            return ScriptedChatClient.Response();
        };

        await client.GetResponseAsync(Hello, cancellationToken: Token);

        (provider.Begun, provider.Ended).ShouldBe((1, 1));
        provider.Text.ShouldBe($"llm_observability.call.id:{await OnlyIdAsync()}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_that_fails_harms_no_call(bool atBegin)
    {
        using var provider = new OwnScopes { FailsAtBegin = atBegin, FailsAtEnd = !atBegin };
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(provider));
        await using var observer = Observe(factory);
        using var client = _inner.WithLlmObservability(observer);

        (await client.GetResponseAsync(Hello, cancellationToken: Token)).Text.ShouldBe("Hello");

        await OnlyIdAsync();
        observer.GetStatistics().RecorderErrors.ShouldBe(0);
    }

    [Fact]
    public async Task OpenTelemetry_exports_it_as_an_attribute_of_the_line()
    {
        using var lines = new ScopesOfLines();
        using var factory = LoggerFactory.Create(builder => builder.AddOpenTelemetry(options =>
        {
            options.IncludeScopes = true;
            options.AddProcessor(lines);
        }));
        await using var observer = Observe(factory);
        using var client = _inner.WithLlmObservability(observer);
        var app = factory.CreateLogger("Shop");
        _inner.Respond = (_, _, _) =>
        {
            app.Log(LogLevel.Information, default, "inside", null, static (text, _) => text);
            return Task.FromResult(ScriptedChatClient.Response());
        };

        await client.GetResponseAsync(Hello, cancellationToken: Token);

        lines.Attributes.ShouldBe([new KeyValuePair<string, object?>("llm_observability.call.id", await OnlyIdAsync())]);
    }

    private LlmObserver Observe(ILoggerFactory factory) => LlmObserver.Create(
        [_sink],
        new LlmObservabilityOptions { CallLogScope = true, Pipeline = { FlushInterval = TimeSpan.FromMilliseconds(5) } },
        loggerFactory: factory);

    private void Say(string message) => _inner.Respond = (_, _, _) =>
    {
        _log.Write(message);
        return Task.FromResult(ScriptedChatClient.Response());
    };

    private async IAsyncEnumerable<ChatResponseUpdate> Steps([EnumeratorCancellation] CancellationToken token)
    {
        try
        {
            for (var step = 1; step <= 3; step++)
            {
                if (step != 2)
                {
                    await Task.Yield();
                }

                token.ThrowIfCancellationRequested();
                _log.Write($"step {step}");
                yield return new ChatResponseUpdate(ChatRole.Assistant, "token");
            }
        }
        finally
        {
            _log.Write("disposed");
        }
    }

    private async Task<string> OnlyIdAsync()
    {
        await Eventually.Is(() => _sink.Calls.Count > 0, "a call is recorded");
        return _sink.Calls.ShouldHaveSingleItem().Id.ToString();
    }

    private sealed class Failover(IChatClient inner, ScopedLog log) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            log.Write("between");
            return base.GetResponseAsync(messages, options, cancellationToken);
        }

        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            log.Write("between");
            return base.GetStreamingResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class OwnScopes : ILoggerProvider, ILogger, IDisposable
    {
        public bool FailsAtBegin { get; init; }

        public bool FailsAtEnd { get; init; }

        public int Begun { get; private set; }

        public int Ended { get; private set; }

        public string? Text { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Begun++;
            Text = state.ToString();
            return FailsAtBegin ? throw new InvalidOperationException("no scope") : new Scope(this);
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }

        private sealed class Scope(OwnScopes owner) : IDisposable
        {
            public void Dispose()
            {
                owner.Ended++;
                if (owner.FailsAtEnd)
                {
                    throw new InvalidOperationException("no end");
                }
            }
        }
    }

    private sealed class ScopesOfLines : BaseProcessor<LogRecord>
    {
        public List<KeyValuePair<string, object?>> Attributes { get; } = [];

        public override void OnEnd(LogRecord data) => data.ForEachScope(
            static (scope, attributes) =>
            {
                foreach (var attribute in scope)
                {
                    attributes.Add(attribute);
                }
            },
            Attributes);
    }
}
