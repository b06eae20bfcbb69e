using LlmObservability.Dashboard.Tests.Host;

namespace LlmObservability.Dashboard.Tests.Streams;

/// <summary>Reads server-sent events as a browser does, with a bound on every wait.</summary>
internal sealed class LiveReader : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private LiveReader(HttpResponseMessage response, StreamReader lines)
    {
        (_response, _lines) = (response, lines);
    }

    public static async Task<LiveReader> OpenAsync(ApiHost host, string query = "", string? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "live" + query);
        if (after is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", after);
        }

        var response = await host.Client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue();
        Description.ApiClient.ShouldHaveTheHeaders(response);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var reader = new LiveReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
        // What was there before is remembered by now: the first bytes come after it.
        (await reader.LineAsync()).ShouldBe("retry: 3000");
        (await reader.LineAsync()).ShouldBe("");
        return reader;
    }

    /// <summary>The next event; heartbeats come as one without a name.</summary>
    public async Task<(string? Id, string Event, string Data)> NextAsync()
    {
        string? id = null;
        var (name, data) = ("", "");
        while (true)
        {
            var line = await LineAsync();
            switch (line)
            {
                case null: throw new EndOfStreamException();
                case "": return (id, name, data);
                case ":": break;
                case not null when line.StartsWith("id: ", StringComparison.Ordinal): id = line[4..]; break;
                case not null when line.StartsWith("event: ", StringComparison.Ordinal): name = line[7..]; break;
                case not null when line.StartsWith("data: ", StringComparison.Ordinal): data = line[6..]; break;
                default: throw new InvalidOperationException(line);
            }
        }
    }

    public async Task<string?> LineAsync() => await _lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Bound);

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
