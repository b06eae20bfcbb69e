using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using static LlmObservability.AspNetCore.Tests.Requests.RequestTagTests;

namespace LlmObservability.AspNetCore.Tests.Requests;

public sealed class ResponseIdTests
{
    private const string Header = "x-llm-request-id";

    private static CancellationToken Token => WebRig.Token;

    [Fact]
    public async Task The_response_tells_the_calls_id()
    {
        await using var rig = await StartAsync(Ask);
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        var call = (await rig.CallsAsync()).ShouldHaveSingleItem();
        response.Headers.GetValues(Header).ShouldBe([call.Id.ToString()]);
        response.Headers.Contains(Header + "-more").ShouldBeFalse();
        LlmCallId.Matches(call.Id, call.StartedAt).ShouldBeTrue();
    }

    [Fact]
    public async Task With_the_log_scope_it_is_the_same_id()
    {
        await using var rig = await StartAsync(Ask, core: core => core.CallLogScope = true);
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        response.Headers.GetValues(Header).ShouldBe([(await rig.CallsAsync()).ShouldHaveSingleItem().Id.ToString()]);
    }

    [Fact]
    public async Task A_request_without_calls_tells_nothing()
    {
        await using var rig = await StartAsync(context => context.Response.WriteAsync("Hello", Token));
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        response.Headers.Select(header => header.Key).ShouldNotContain(name => name.StartsWith("x-llm", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Several_calls_are_a_list_in_their_order_and_an_empty_answer_tells_them_too()
    {
        await using var rig = await StartAsync(async context =>
        {
            for (var i = 0; i < 3; i++)
            {
                await Client(context).GetResponseAsync("Hi", cancellationToken: Token);
            }

            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        var ids = (await rig.CallsAsync()).Select(call => call.Id.ToString()).ToList();
        ids.Count.ShouldBe(3);
        response.Headers.GetValues(Header).ShouldHaveSingleItem().ShouldBe(string.Join(", ", ids));
    }

    [Fact]
    public async Task More_than_the_most_are_cut_and_it_says_so()
    {
        await using var rig = await StartAsync(
            async context =>
            {
                for (var i = 0; i < 200; i++)
                {
                    await Client(context).GetResponseAsync("Hi", cancellationToken: Token);
                }
            },
            options => options.Requests.MaxResponseIds = 5);
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        var value = response.Headers.GetValues(Header).ShouldHaveSingleItem();
        value.Split(", ").ShouldBe((await rig.CallsAsync()).Take(5).Select(call => call.Id.ToString()));
        value.Length.ShouldBe((5 * 38) - 2);
        response.Headers.GetValues(Header + "-more").ShouldBe(["195"]);
    }

    [Fact]
    public async Task A_streamed_answer_tells_the_call_under_way_and_what_begins_later_harms_nothing()
    {
        var goOn = new TaskCompletionSource();
        await using var rig = await StartAsync(async context =>
        {
            var first = true;
            await foreach (var update in Client(context).GetStreamingResponseAsync("Hi", cancellationToken: Token))
            {
                await context.Response.WriteAsync(update.Text, Token);
                await context.Response.Body.FlushAsync(Token);
                if (first)
                {
                    first = false;
                    await goOn.Task.WaitAsync(Eventually.Bound, Token);
                }
            }

            await Client(context).GetResponseAsync("And then?", cancellationToken: Token);
            await context.Response.WriteAsync("!", Token);
        });
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        var told = response.Headers.GetValues(Header).ShouldHaveSingleItem();
        (await rig.CallsAsync()).ShouldBeEmpty();
        goOn.SetResult();

        (await response.Content.ReadAsStringAsync(Token)).ShouldBe("Hello!");
        var calls = await rig.CallsAsync();
        calls.Count.ShouldBe(2);
        calls[0].Id.ToString().ShouldBe(told);
        rig.Log.Entries.ShouldNotContain(entry => entry.Event == "RequestNotTagged");
    }

    [Fact]
    public async Task Where_the_response_had_started_before_there_is_no_header_and_no_error()
    {
        await using var rig = await WebRig.StartAsync(app =>
        {
            app.Use(async (context, next) =>
            {
                await context.Response.WriteAsync("early ", Token);
                await next(context);
            });
            app.UseLlmObservability();
            app.Run(Ask);
        });
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        (await response.Content.ReadAsStringAsync(Token)).ShouldBe("early Hello");
        response.Headers.Contains(Header).ShouldBeFalse();
        (await rig.CallsAsync()).Count.ShouldBe(1);
        rig.Log.Entries.ShouldNotContain(entry => entry.Event == "RequestNotTagged");
    }

    [Fact]
    public async Task An_error_page_tells_the_failed_call_and_its_own()
    {
        await using var rig = await WebRig.StartAsync(app =>
        {
            app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error" });
            app.UseRouting();
            app.UseLlmObservability();
            app.MapGet("/ask", Ask);
            app.MapGet("/error", AskAnew);
        });
        rig.Inner.Respond = (_, _, _) => throw new TimeoutException();
        using var response = await rig.Http.GetAsync(new Uri("/ask", UriKind.Relative), Token);

        ((int)response.StatusCode).ShouldBe(500);
        var calls = await rig.CallsAsync();
        calls.Select(call => (call.Outcome, call.Tags.Route)).ShouldBe([(LlmOutcome.Failed, "/ask"), (LlmOutcome.Completed, "/error")]);
        response.Headers.GetValues(Header).ShouldBe([string.Join(", ", calls.Select(call => call.Id))]);
    }

    [Fact]
    public async Task Requests_at_once_tell_their_own_calls_alone()
    {
        await using var rig = await StartAsync(AskFourTimesAtOnce);
        var told = await Task.WhenAll(Enumerable.Range(0, 40).Select(async n =>
        {
            using var response = await rig.Http.GetAsync(new Uri($"/?n={n}", UriKind.Relative), Token);
            return response.Headers.GetValues(Header).Single().Split(", ").Order().ToList();
        }));

        var calls = await rig.CallsAsync();
        for (var n = 0; n < told.Length; n++)
        {
            told[n].ShouldBe(calls.Where(call => call.Tags.TryGetCustom("number", out var number) && number == $"{n}").Select(call => call.Id.ToString()).Order());
        }
    }

    [Fact]
    public async Task Nothing_that_a_caller_sends_gets_into_the_header()
    {
        const string Hostile = "x\r\nset-cookie: a=b";
        await using var rig = await StartAsync(Ask, options =>
        {
            options.Requests.User = _ => Hostile;
            options.Requests.Tenant = _ => Hostile;
            options.Requests.ResponseHeader = "X-Calls";
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("X-Calls", "forged");
        request.Headers.TryAddWithoutValidation(Header, "forged");
        using var response = await rig.Http.SendAsync(request, Token);

        Guid.TryParse(response.Headers.GetValues("X-Calls").ShouldHaveSingleItem(), out _).ShouldBeTrue();
        response.Headers.Select(header => header.Key).ShouldBe(["Transfer-Encoding", "X-Calls", "Date", "Server"], ignoreOrder: true);
    }

    [Fact]
    public async Task Work_that_outlives_its_request_goes_on()
    {
        var answered = new TaskCompletionSource();
        Task? background = null;
        await using var rig = await StartAsync(context =>
        {
            var client = Client(context);
            background = Task.Run(
                async () =>
                {
                    await answered.Task;
                    await client.GetResponseAsync("Later", cancellationToken: Token);
                },
                Token);
            return context.Response.WriteAsync("ok", Token);
        });
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);
        answered.SetResult();
        await background!.WaitAsync(Eventually.Bound, Token);

        response.Headers.Contains(Header).ShouldBeFalse();
        (await rig.CallsAsync()).ShouldHaveSingleItem().Tags.Route.ShouldBe("/");
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        await using var rig = await StartAsync(Ask, options => options.Requests.ResponseHeader = "");
        using var response = await rig.Http.GetAsync(new Uri("/", UriKind.Relative), Token);

        response.Headers.ShouldNotContain(header => header.Key.StartsWith("x-llm", StringComparison.OrdinalIgnoreCase));
        (await rig.CallsAsync()).ShouldHaveSingleItem().Tags.Route.ShouldBe("/");
    }

    private static Task AskAnew(HttpContext context)
    {
        Client(context).GetService<ScriptedChatClient>()!.Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response());
        return Ask(context);
    }

    private static async Task AskFourTimesAtOnce(HttpContext context)
    {
        var (client, options) = (Client(context), new ChatOptions().WithLlmTag("number", context.Request.Query["n"]));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => client.GetResponseAsync("Hi", options, Token), Token)));
    }

    private static Task<WebRig> StartAsync(RequestDelegate handler, Action<LlmAspNetCoreOptions>? options = null, Action<LlmObservabilityOptions>? core = null) => WebRig.StartAsync(
        app =>
        {
            app.UseRouting();
            app.UseLlmObservability();
            app.MapGet("/", handler);
        },
        options,
        core);
}
