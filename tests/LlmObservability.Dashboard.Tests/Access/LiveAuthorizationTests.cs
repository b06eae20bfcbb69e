using System.Net;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Dashboard.Tests.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Access;

/// <summary>A feed does not outlive the right to it for long.</summary>
public sealed class LiveAuthorizationTests
{
    [Fact]
    public async Task A_reader_whose_right_was_taken_away_is_not_let_in_again()
    {
        var mayRead = true;
        await using var host = await ApiHost.StartAsync(
            configure: options => (options.LiveInterval, options.MaxLiveDuration) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)),
            build: builder => builder.Services.AddAuthorization().AddAuthentication("cookies").AddCookie("cookies", options =>
                options.Events.OnRedirectToLogin = context =>
                {
                    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    return Task.CompletedTask;
                }),
            mapped: (_, convention) => convention.RequireAuthorization(policy => policy.RequireAssertion(_ => Volatile.Read(ref mayRead))));
        using var live = await LiveReader.OpenAsync(host);
        Volatile.Write(ref mayRead, false);
        (await live.LineAsync()).ShouldBeNull("it ends by itself");
        Volatile.Write(ref mayRead, true);
        using var again = await LiveReader.OpenAsync(host);
        Volatile.Write(ref mayRead, false);
        (await again.LineAsync()).ShouldBeNull();
        using var response = await host.Client.Http.GetAsync(new Uri("live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }
}
