using System.Net;
using System.Text;
using LlmObservability.Dashboard.Tests.Host;

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
