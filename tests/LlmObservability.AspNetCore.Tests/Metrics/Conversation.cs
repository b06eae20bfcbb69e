using System.Net;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.AspNetCore.Tests.Metrics;

/// <summary>One call of each kind that the metrics tell apart: six, and two of a tool.</summary>
internal static class Conversation
{
    public static async Task HoldAsync(WebRig rig)
    {
        var token = WebRig.Token;
        using (LlmScope.Begin(("feature", "search")))
        {
            await rig.Client.GetResponseAsync("Hi", cancellationToken: token);
        }

        await rig.Client.GetResponseAsync("Hi", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, token);
        await rig.Client.GetResponseAsync("Hi", new ChatOptions().WithLlmQueueWait(TimeSpan.FromMilliseconds(250)), token);
        await foreach (var _ in rig.Client.GetStreamingResponseAsync("Hi", cancellationToken: token))
        {
        }

        rig.Inner.Respond = (_, _, _) => throw new HttpRequestException("no", null, HttpStatusCode.TooManyRequests);
        await Should.ThrowAsync<HttpRequestException>(() => rig.Client.GetResponseAsync("Hi", cancellationToken: token));
        rig.Inner.Respond = (_, _, _) =>
        {
            LlmCurrentCall.MarkCached();
            return Task.FromResult(ScriptedChatClient.Response());
        };
        await rig.Client.GetResponseAsync("Hi", cancellationToken: token);
        rig.Inner.Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response());

        var broken = false;
        var weather = AIFunctionFactory.Create(() => broken ? throw new TimeoutException() : "rain", "weather")
            .WithLlmObservability(rig.App.Services.GetRequiredService<LlmObserver>());
        await weather.InvokeAsync(cancellationToken: token);
        broken = true;
        await Should.ThrowAsync<TimeoutException>(async () => await weather.InvokeAsync(cancellationToken: token));
    }
}
