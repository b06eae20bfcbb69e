using System.Net;
using System.Text.Json;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>What is told of the application's own set-up: prices, the address of traces, calls under way.</summary>
public sealed class SettingsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Models_are_those_of_the_prices_in_force_the_applications_own_first()
    {
        await using var host = await ApiHost.StartAsync(build: builder => builder.Services.Configure<LlmObservabilityOptions>(options =>
        {
            options.Prices.Add(new PriceOverride { Provider = "azure", Model = "own-model", Input = 1, Output = 2 });
            options.Prices.Add(new PriceOverride { Model = "every-*", Input = 1, Output = 2 });
            options.Deployments.Add(new ModelDeployment { Name = "my-deployment", Model = "gpt-4o", ModelProvider = "openai" });
        }));
        var first = await host.Client.GetAsync("models?limit=3");
        Named(first).Take(2).ShouldBe([(null, "my-deployment"), ("azure", "own-model")]);
        first.GetProperty("has_more").GetBoolean().ShouldBeTrue();

        var found = await host.Client.GetAsync("models?prefix=GPT-4o&limit=1000");
        Named(found).ShouldContain(("openai", "gpt-4o-mini"));
        Named(found).ShouldAllBe(model => model.Model.StartsWith("gpt-4o", StringComparison.OrdinalIgnoreCase));
        found.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        Named(await host.Client.GetAsync("models?prefix=anthropic/claude-haiku")).ShouldContain(("anthropic", "claude-haiku-4-5"));
        Named(await host.Client.GetAsync("models?prefix=nothing-begins-so")).ShouldBeEmpty();
        (await host.Client.ProblemAsync("models?limit=1001")).GetProperty("parameter").GetString().ShouldBe("limit");
    }

    [Fact]
    public async Task A_tenant_is_told_of_no_model_of_the_applications_own_and_finds_none_by_its_name()
    {
        var calls = ScriptedCalls.Create(1).Select(envelope => envelope.Call with
        {
            Provider = "azure",
            RequestModel = "house-model",
            ResponseModel = null,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000 },
            Cost = new LlmCost { InputNanos = 1_000_000 },
            CostReason = LlmCostReason.Priced,
        }).ToList();
        var store = new StubStore { List = _ => Task.FromResult(new LlmPage(calls, null)) };
        void Build(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder) => builder.Services.Configure<LlmObservabilityOptions>(options =>
        {
            options.Prices.Add(new PriceOverride { Model = "house-model", Input = 1, Output = 2 });
            options.Prices.Add(new PriceOverride { Provider = "openai", Model = "gpt-4o", Input = 0, Output = 0 });
            options.Prices.Add(new PriceOverride { Model = "secret-*", Input = 1, Output = 2 });
            options.Deployments.Add(new ModelDeployment { Name = "customer-deployment", Model = "gpt-4o", ModelProvider = "openai" });
        });

        string[] own = ["house-model", "secret-anything", "customer-deployment"];
        await using (var whole = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store), build: Build))
        {
            foreach (var name in own)
            {
                (await whole.Client.GetAsync($"what-if?as_model={name}")).GetProperty("compared").GetInt64().ShouldBe(1, name);
            }

            (await whole.Client.GetAsync("what-if?as_provider=openai&as_model=gpt-4o")).GetProperty("what_if_nanos").GetInt64().ShouldBe(0);
        }

        await using var host = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store), options => options.Tenant = _ => "acme", build: Build);
        foreach (var name in own)
        {
            Named(await host.Client.GetAsync($"models?limit=1000&prefix={name}")).ShouldBeEmpty();
            var answer = await host.Client.GetAsync($"what-if?as_model={name}");
            answer.GetProperty("compared").GetInt64().ShouldBe(0, name);
            answer.GetProperty("not_compared")[0].GetProperty("reason").GetString().ShouldBe("unknown_model");
        }

        (await host.Client.GetAsync("what-if?as_provider=openai&as_model=gpt-4o")).GetProperty("what_if_nanos").GetInt64().ShouldBeGreaterThan(0, "the catalog's price, and not the own one");
        Named(await host.Client.GetAsync("models?prefix=openai/gpt-4o&limit=1000")).ShouldContain(("openai", "gpt-4o"));
        (await host.Client.GetAsync("what-if")).GetProperty("compared").GetInt64().ShouldBe(1, "its own calls have the prices in force");
        (await host.Client.GetAsync("what-if?as_provider=azure")).GetProperty("compared").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task The_address_of_traces_is_told_as_it_was_set()
    {
        await using (var host = await ApiHost.StartAsync())
        {
            var settings = await host.Client.GetAsync("settings");
            settings.EnumerateObject().ShouldHaveSingleItem().Name.ShouldBe("restricted");
            settings.GetProperty("restricted").GetBoolean().ShouldBeFalse();
        }

        await using var traced = await ApiHost.StartAsync(configure: options => options.TraceUrl = new Uri("https://traces.example/t/{trace_id}?from=llm"));
        (await traced.Client.GetAsync("settings")).GetProperty("trace_url").GetString().ShouldBe("https://traces.example/t/{trace_id}?from=llm");
    }

    [Theory]
    [InlineData("https://traces.example/t/")]
    [InlineData("/t/{trace_id}")]
    [InlineData("javascript:alert('{trace_id}')")]
    [InlineData("ftp://traces.example/{trace_id}")]
    [InlineData("https://user:secret@traces.example/{trace_id}")]
    public async Task An_address_that_is_none_stops_the_start(string address)
    {
        var failure = await Should.ThrowAsync<OptionsValidationException>(
            () => ApiHost.StartAsync(configure: options => options.TraceUrl = new Uri(address, UriKind.RelativeOrAbsolute)));
        failure.Message.ShouldStartWith("Set LlmObservability:Dashboard:TraceUrl to ");
        failure.Message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Calls_in_progress_are_told_until_they_end()
    {
        await using var host = await ApiHost.StartAsync();
        var answer = new TaskCompletionSource<ChatResponse>();
        var calling = AskAsync(host.Observer, answer.Task);
        (await InProgressAsync(host)).ShouldBe(2);
        answer.SetResult(ScriptedChatClient.Response());
        await calling;
        (await InProgressAsync(host)).ShouldBe(0);
    }

    [Fact]
    public async Task A_store_that_tells_nothing_of_itself_has_its_types_name()
    {
        await using var host = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => new StubStore()));
        var answer = await host.Client.GetAsync("store");
        answer.GetProperty("store").GetString().ShouldBe("StubStore");
        answer.GetProperty("tables").GetArrayLength().ShouldBe(0);
        answer.EnumerateObject().Count().ShouldBe(2);
    }

    [Fact]
    public async Task What_if_says_how_far_a_store_looked_and_takes_no_longer_than_its_time()
    {
        var since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var calls = ScriptedCalls.Create(3).Select(envelope => envelope.Call).ToList();
        var store = new StubStore { List = _ => Task.FromResult(new LlmPage(calls, "next") { CappedFrom = since }) };
        await using (var host = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store)))
        {
            var answer = await host.Client.GetAsync("what-if");
            (answer.GetProperty("calls").GetInt64(), answer.GetProperty("is_cut").GetBoolean()).ShouldBe((3, false));
            answer.GetProperty("capped_from").GetString().ShouldBe("2026-01-02T03:04:05.000000Z");
        }

        var endless = new StubStore
        {
            List = async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return new LlmPage([], null);
            },
        };
        await using var slow = await ApiHost.StartAsync(
            builder => builder.AddStore("stub", _ => endless), options => options.QueryTimeout = TimeSpan.FromMilliseconds(200));
        (await slow.Client.ProblemAsync("what-if", HttpStatusCode.GatewayTimeout)).GetProperty("code").GetString().ShouldBe("timed_out");
    }

    private static List<(string? Provider, string Model)> Named(JsonElement answer) =>
    [
        .. answer.GetProperty("models").EnumerateArray().Select(model => (
            model.TryGetProperty("provider", out var provider) ? provider.GetString() : null, model.GetProperty("model").GetString()!)),
    ];

    /// <summary>Two calls at once that are answered when the test says.</summary>
    private static async Task AskAsync(LlmObserver observer, Task<ChatResponse> answer)
    {
        using var inner = new ScriptedChatClient { Respond = (_, _, _) => answer };
        using var client = inner.WithLlmObservability(observer);
        await Task.WhenAll(client.GetResponseAsync("a", cancellationToken: Cancel), client.GetResponseAsync("b", cancellationToken: Cancel));
    }

    private static async Task<long> InProgressAsync(ApiHost host) => (await host.Client.GetAsync("pipeline")).GetProperty("in_progress").GetInt64();
}
