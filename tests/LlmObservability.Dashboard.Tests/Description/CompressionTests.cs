using System.IO.Compression;
using System.Net;
using LlmObservability.Dashboard.Tests.Host;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>Answers in JSON are compressed for whoever takes gzip, and nothing else is.</summary>
public sealed class CompressionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("calls?limit=100")]
    [InlineData("aggregate?group_by=model")]
    [InlineData("openapi.json")]
    [InlineData("models?limit=1000")]
    public async Task An_answer_is_the_same_to_the_byte_smaller_and_has_the_same_headers(string path)
    {
        await using var host = await FilledAsync();
        var plain = await SendAsync(host, path, null);
        var small = await SendAsync(host, path, "gzip, deflate, br");
        plain.Encoding.ShouldBe("");
        small.Encoding.ShouldBe("gzip");
        small.Length.ShouldBe(small.Body.Length);
        small.Body.Length.ShouldBeLessThan(plain.Body.Length / 2);
        Inflate(small.Body).ShouldBe(plain.Body);
        (small.MediaType, small.Vary).ShouldBe((plain.MediaType, plain.Vary));
        small.Vary.ShouldBe("Accept-Encoding");
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("GZIP;q=0.1", true)]
    [InlineData("br, *", true)]
    [InlineData("identity;q=0, *;q=0.5", true)]
    [InlineData("*, gzip;q=0", false)]
    [InlineData("gzip;q=0", false)]
    [InlineData("*;q=0", false)]
    [InlineData("identity", false)]
    [InlineData("br, deflate", false)]
    [InlineData("", false)]
    [InlineData(";;,=q", false)]
    public async Task What_the_request_takes_decides(string accepted, bool isCompressed)
    {
        await using var host = await FilledAsync();
        var answer = await SendAsync(host, "settings", accepted);
        answer.Encoding.ShouldBe(isCompressed ? "gzip" : "");
        answer.Vary.ShouldBe("Accept-Encoding");
        System.Text.Encoding.UTF8.GetString(isCompressed ? Inflate(answer.Body) : answer.Body).ShouldBe("""{"restricted":false}""");
    }

    [Theory]
    [InlineData("export?format=jsonl", HttpStatusCode.OK)]
    [InlineData("export?format=csv", HttpStatusCode.OK)]
    [InlineData("calls?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("nothing", HttpStatusCode.NotFound)]
    public async Task Exports_and_problems_go_out_as_they_are(string path, HttpStatusCode status)
    {
        await using var host = await FilledAsync();
        (await SendAsync(host, path, "gzip", status)).Encoding.ShouldBe("");
    }

    [Fact]
    public async Task A_live_feed_is_not_held_back_by_a_compressor()
    {
        await using var host = await FilledAsync();
        using var request = Request("live", "gzip");
        using var response = await host.Client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentEncoding.ShouldBeEmpty();
    }

    private static async Task<ApiHost> FilledAsync()
    {
        var host = await ApiHost.StartAsync(builder => builder.AddInMemoryStore());
        await host.FillAsync(100);
        return host;
    }

    private static HttpRequestMessage Request(string path, string? accepted)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accepted is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        }

        return request;
    }

    private static async Task<(string Encoding, string Vary, string? MediaType, long? Length, byte[] Body)> SendAsync(
        ApiHost host, string path, string? accepted, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = Request(path, accepted);
        using var response = await host.Client.Http.SendAsync(request, Cancel);
        response.StatusCode.ShouldBe(status);
        ApiClient.ShouldHaveTheHeaders(response);
        var body = await response.Content.ReadAsByteArrayAsync(Cancel);
        var headers = response.Content.Headers;
        return (string.Join(",", headers.ContentEncoding), string.Join(",", response.Headers.Vary), headers.ContentType?.MediaType, headers.ContentLength, body);
    }

    private static byte[] Inflate(byte[] body)
    {
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
