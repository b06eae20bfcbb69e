using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>Asks the API. Whatever comes back is held against the description that the same server gives: status, media type, and every byte of JSON.</summary>
public sealed class ApiClient(Uri root) : IDisposable
{
    private DescribedApi? _description;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = root,
        Timeout = TimeSpan.FromMinutes(2),
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<DescribedApi> DescriptionAsync() => _description ??= new DescribedApi(
        JsonNode.Parse(await Http.GetStringAsync(new Uri("openapi.json", UriKind.Relative), Cancel))!.AsObject());

    /// <summary>An answer's JSON.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, body) = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
        status.ShouldBe(HttpStatusCode.OK, $"{path}: {body}");
        return body;
    }

    /// <summary>A problem's JSON.</summary>
    public async Task<JsonElement> ProblemAsync(string path, HttpStatusCode expected = HttpStatusCode.BadRequest)
    {
        var (status, body) = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
        status.ShouldBe(expected, $"{path}: {body}");
        return body;
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, string json) => SendAsync(new HttpRequestMessage(HttpMethod.Post, path)
    {
        Content = new StringContent(json, Encoding.UTF8, "application/json"),
    });

    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpRequestMessage request)
    {
        using var owned = request;
        // The client makes it absolute when it sends it.
        var path = request.RequestUri!.OriginalString.Split('?')[0];
        using var response = await Http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        ShouldHaveTheHeaders(response);
        var description = await DescriptionAsync();
        return (response.StatusCode, description.Check(request.Method, path, (int)response.StatusCode, MediaType(response.Content.Headers), text));
    }

    public static void ShouldHaveTheHeaders(HttpResponseMessage response)
    {
        string Header(string name) => string.Join(",", response.Headers.TryGetValues(name, out var values) ? values : []);
        Header("Cache-Control").ShouldBe("no-store");
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("Content-Security-Policy").ShouldBe("default-src 'none'; frame-ancestors 'none'");
        Header("X-Frame-Options").ShouldBe("DENY");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        Header("Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        response.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    public void Dispose() => Http.Dispose();

    private static string MediaType(HttpContentHeaders headers) => headers.ContentType?.MediaType ?? "";
}
