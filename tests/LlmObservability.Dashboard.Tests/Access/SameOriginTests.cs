using System.Net;
using System.Text;
using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Tests.Host;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Tests.Access;

/// <summary>What is not a plain GET comes from a page of this server, or from no browser.</summary>
public sealed class SameOriginTests
{
    [Theory]
    [InlineData(null, null, true)]
    [InlineData("same-origin", null, true)]
    [InlineData("none", null, true)]
    [InlineData("same-site", null, false)]
    [InlineData("cross-site", null, false)]
    [InlineData("cross-site", "OWN", false)]
    [InlineData("same-origin, cross-site", null, false)]
    [InlineData("", null, false)]
    [InlineData(null, "OWN", true)]
    [InlineData(null, "null", false)]
    [InlineData(null, "https://evil.example", false)]
    [InlineData(null, "http://127.0.0.1", false)]
    [InlineData(null, "http://127.0.0.1:1", false)]
    [InlineData(null, "file:///tmp", false)]
    public async Task A_post_is_let_in_by_where_it_comes_from(string? site, string? origin, bool expected)
    {
        await using var host = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "calls/get")
        {
            Content = new StringContent("""{"ids":["0194f000-0000-7000-8000-000000000000"]}""", Encoding.UTF8, "application/json"),
        };
        if (site is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        }

        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin == "OWN" ? host.Address.GetLeftPart(UriPartial.Authority) : origin);
        }

        var (status, body) = await host.Client.SendAsync(request);
        status.ShouldBe(expected ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        if (!expected)
        {
            body.GetProperty("code").GetString().ShouldBe("cross_site");
        }
    }

    [Theory]
    [InlineData("[::1]:5000", "http://[::1]:5000", true)]
    [InlineData("[::1]", "https://[::1]", true)]
    [InlineData("[2001:DB8::7]:5000", "http://[2001:db8::7]:5000", true)]
    [InlineData("[::1]:5000", "http://[::1]:5001", false)]
    [InlineData("[::1]:5000", "http://[::2]:5000", false)]
    [InlineData("xn--bcher-kva.example", "https://xn--bcher-kva.example", true)]
    [InlineData("LLM.example:8443", "https://llm.example:8443", true)]
    [InlineData("llm.example", "https://llm.example.evil.example", false)]
    [InlineData("", "https://llm.example", false)]
    public void An_origin_is_held_against_the_host_that_was_asked_for(string host, string origin, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        (request.Host, request.Headers.Origin) = (new HostString(host), origin);
        SameOrigin.Holds(request).ShouldBe(expected);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data")]
    public async Task A_form_is_no_body(string mediaType)
    {
        await using var host = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "calls/get") { Content = new StringContent("""{"ids":[]}""", Encoding.UTF8, mediaType) };
        (await host.Client.SendAsync(request)).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }
}
