using System.IO.Compression;
using System.Net;
using LlmObservability.Dashboard.Tests.Host;
using Microsoft.AspNetCore.Builder;

namespace LlmObservability.Dashboard.Tests.Pages;

/// <summary>How the pages are served: to whom, with which headers, below which path.</summary>
public sealed class PageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outside_Development_no_page_is_there()
    {
        await using var host = await ApiHost.StartAsync(environment: "Production");
        using var client = Client();
        foreach (var path in new[] { "llm", "llm/", "llm/index.html", Asset(), "llm/nothing" })
        {
            using var response = await client.GetAsync(new Uri(host.Address, path), Cancel);
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            (await response.Content.ReadAsByteArrayAsync(Cancel)).ShouldBeEmpty(path);
            response.Headers.Contains("Content-Security-Policy").ShouldBeFalse(path);
        }
    }

    [Theory]
    [InlineData("", "llm", "./llm/")]
    [InlineData("", "llm?a=b", "./llm/?a=b")]
    [InlineData("/base", "base/llm", "./llm/")]
    public async Task An_address_without_its_last_slash_leads_to_the_one_with_it(string pathBase, string path, string location)
    {
        await using var host = await ApiHost.StartAsync(before: app => app.UsePathBase(pathBase).UseRouting());
        using var client = Client();
        using var response = await client.GetAsync(new Uri(host.Address, path), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.Found);
        response.Headers.Location!.OriginalString.ShouldBe(location);
    }

    [Fact]
    public async Task A_page_runs_only_what_this_server_gives()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = Client();
        using var response = await client.GetAsync(new Uri(host.Address, "llm/?anything=goes"), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        var policy = response.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        policy.ShouldNotContain("*");
        policy.ShouldNotContain("http");
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        response.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"]);
        var html = await response.Content.ReadAsStringAsync(Cancel);
        html.ShouldNotContain("://");
        html.ShouldNotContain("<script>");
        html.ShouldNotContain("src=\"/");
    }

    [Fact]
    public async Task What_has_a_hash_in_its_name_is_kept_and_the_page_is_asked_for_again()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = Client();
        using var asset = await client.GetAsync(new Uri(host.Address, Asset()), Cancel);
        asset.StatusCode.ShouldBe(HttpStatusCode.OK);
        asset.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
        asset.Headers.CacheControl!.ToString().ShouldBe("max-age=31536000, private, immutable");

        using var page = await client.GetAsync(new Uri(host.Address, "llm/"), Cancel);
        page.Headers.CacheControl!.ToString().ShouldBe("no-cache, private");
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, "llm/"));
        again.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        using var unchanged = await client.SendAsync(again, Cancel);
        unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task All_of_it_is_small_and_the_same_when_it_is_compressed()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = Client();
        var sent = 0L;
        foreach (var name in Dashboard.Pages.Page.ReadAll().Keys)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, "llm/" + name));
            request.Headers.AcceptEncoding.ParseAdd("br, gzip;q=0.5");
            using var response = await client.SendAsync(request, Cancel);
            response.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
            var compressed = await response.Content.ReadAsByteArrayAsync(Cancel);
            sent += compressed.Length;

            await using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            await gzip.CopyToAsync(plain, Cancel);
            plain.ToArray().ShouldBe(await client.GetByteArrayAsync(new Uri(host.Address, "llm/" + name), Cancel));
        }

        sent.ShouldBeInRange(10_000, 120_000);
    }

    [Theory]
    [InlineData("llm/nothing.js")]
    [InlineData("llm/assets/")]
    [InlineData("llm/%2e%2e/appsettings.json")]
    public async Task What_there_is_not_is_not_found(string path)
    {
        await using var host = await ApiHost.StartAsync();
        using var client = Client();
        using var response = await client.GetAsync(new Uri(host.Address, path), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private static string Asset() =>
        "llm/" + Dashboard.Pages.Page.ReadAll().Keys.Single(name => name.EndsWith(".js", StringComparison.Ordinal));
}
