using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Logs;

public sealed class CallLogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Off_by_default_and_with_None_nothing_is_written()
    {
        foreach (var level in new LogLevel?[] { null, LogLevel.None })
        {
            using var log = new EventLog();
            await CallAsync(log, level);
            log.Events.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_call_is_one_event_of_the_level_configured_with_properties_named_like_attributes()
    {
        using var log = new EventLog();
        var call = await CallAsync(log, LogLevel.Debug, scope: ("tenant", "acme"), respond: () =>
        {
            var response = ScriptedChatClient.Response();
            response.Usage!.CachedInputTokenCount = 400;
            return response;
        });

        var (category, level, id, state, message) = log.Events.ShouldHaveSingleItem();
        (category, level, id.Id, id.Name).ShouldBe(("LlmObservability.Calls", LogLevel.Debug, 50, "LlmCall"));
        var properties = state.ToDictionary(property => property.Key, property => property.Value);
        properties.Remove("{OriginalFormat}").ShouldBeTrue();
        properties.Remove("llm_observability.output_tokens_per_second");
        properties.ShouldBe(
            new Dictionary<string, object?>
            {
                ["llm_observability.call.id"] = call.Id.ToString(),
                ["llm_observability.outcome"] = "completed",
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.provider.name"] = "openai",
                ["gen_ai.request.model"] = "gpt-4o-mini",
                ["gen_ai.output.type"] = "text",
                ["server.address"] = "api.openai.com",
                ["server.port"] = 443,
                ["gen_ai.response.model"] = "gpt-4o-mini-2024-07-18",
                ["gen_ai.response.id"] = "resp-1",
                ["gen_ai.response.finish_reason"] = "stop",
                ["llm_observability.usage.source"] = "reported",
                ["gen_ai.usage.input_tokens"] = 1000L,
                ["gen_ai.usage.output_tokens"] = 100L,
                ["gen_ai.usage.cache_read.input_tokens"] = 400L,
                ["gen_ai.usage.cost"] = (double)call.Cost!.Value.TotalUsd,
                ["llm_observability.duration"] = call.Duration.TotalSeconds,
                ["llm_observability.tag.tenant"] = "acme",
            },
            ignoreOrder: true);
        message.ShouldStartWith($"LLM call {call.Id} completed: chat gpt-4o-mini-2024-07-18, 1000 input and 100 output tokens, 0.0");
    }

    [Fact]
    public async Task A_failure_has_its_status_and_type_and_never_a_message()
    {
        using var log = new EventLog();
        var call = await CallAsync(log, LogLevel.Information, respond: () => throw new HttpRequestException("a secret prompt", null, System.Net.HttpStatusCode.TooManyRequests));

        var logged = log.Events.ShouldHaveSingleItem();
        var properties = logged.State.ToDictionary(property => property.Key, property => property.Value);
        (properties["llm_observability.outcome"], properties["error.type"], properties["http.response.status_code"]).ShouldBe(("failed", "System.Net.Http.HttpRequestException", 429));
        (properties["llm_observability.usage.source"], properties["llm_observability.cost.reason"]).ShouldBe(("missing", "missing_usage"));
        properties.ContainsKey("gen_ai.usage.cost").ShouldBeFalse();
        (logged.Message + string.Join(' ', properties.Values)).ShouldNotContain("secret");
        call.Outcome.ShouldBe(LlmOutcome.Failed);
    }

    [Fact]
    public async Task Of_tokens_that_nobody_told_the_text_says_so()
    {
        using var log = new EventLog();
        await CallAsync(log, LogLevel.Information, respond: () => new ChatResponse(new ChatMessage(ChatRole.Assistant, "")));

        var message = log.Events.ShouldHaveSingleItem().Message;
        message.ShouldContain(", tokens unknown, cost unknown, ");
        message.ShouldNotContain("0 input");
    }

    [Fact]
    public async Task A_model_name_made_to_forge_a_line_makes_none()
    {
        using var log = new EventLog();
        await CallAsync(log, LogLevel.Information, respond: () =>
        {
            var response = ScriptedChatClient.Response();
            response.ModelId = "gpt\r\nLLM call 0 completed\u001b[2J\u0085\u2028\u2029\0end";
            return response;
        });

        var message = log.Events.ShouldHaveSingleItem().Message;
        message.ShouldAllBe(c => !char.IsControl(c) && c != '\u2028' && c != '\u2029');
        message.ShouldContain(" gpt");
        message.ShouldContain("end, ");
    }

    [Fact]
    public async Task The_record_is_on_its_way_before_the_log_is_told()
    {
        var sink = new RecordingSink();
        long? accepted = null;
        LlmObserver? told = null;
        using var log = new EventLog { Told = () => accepted = told!.GetStatistics().Sinks.ShouldHaveSingleItem().Accepted };
        await using var observer = LlmObserver.Create([sink], new LlmObservabilityOptions { CallLogLevel = LogLevel.Information }, loggerFactory: log);
        told = observer;
        await new ScriptedChatClient().WithLlmObservability(observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        accepted.ShouldBe(1);
    }

    [Fact]
    public async Task Where_the_level_is_filtered_out_nothing_is_made_and_a_provider_that_throws_harms_no_call()
    {
        using var log = new EventLog { Least = LogLevel.Warning };
        await CallAsync(log, LogLevel.Information);
        log.Events.ShouldBeEmpty();
        using var broken = new EventLog { Broken = true };

        (await CallAsync(broken, LogLevel.Information)).Outcome.ShouldBe(LlmOutcome.Completed);
    }

    private static async Task<LlmCall> CallAsync(EventLog log, LogLevel? level, (string, string?)? scope = null, Func<ChatResponse>? respond = null)
    {
        var sink = new RecordingSink();
        var inner = new ScriptedChatClient();
        if (respond is not null)
        {
            inner.Respond = (_, _, _) => Task.FromResult(respond());
        }

        await using var observer = LlmObserver.Create([sink], new LlmObservabilityOptions { CallLogLevel = level }, loggerFactory: log);
        using (scope is { } tag ? LlmScope.Begin(tag) : null)
        {
            try
            {
                await inner.WithLlmObservability(observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);
            }
            catch (HttpRequestException)
            {
                // As the test says.
            }
        }

        await observer.FlushAsync(Token);
        return sink.Calls.ShouldHaveSingleItem();
    }

    private sealed class EventLog : ILoggerFactory
    {
        public List<(string Category, LogLevel Level, EventId Id, IReadOnlyList<KeyValuePair<string, object?>> State, string Message)> Events { get; } = [];

        public LogLevel Least { get; init; }

        public bool Broken { get; init; }

        /// <summary>Runs as an event is told.</summary>
        public Action Told { get; init; } = () => { };

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(EventLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Least;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (log.Broken)
                {
                    throw new InvalidOperationException("no");
                }

                if (category == "LlmObservability.Calls")
                {
                    log.Told();
                }

                log.Events.Add((category, logLevel, eventId, (IReadOnlyList<KeyValuePair<string, object?>>)state!, formatter(state, exception)));
            }
        }
    }
}
