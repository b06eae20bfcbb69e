using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace LlmObservability.Testing.Tools;

/// <summary>A Prometheus that scrapes one address each second, on a port of this machine alone, for no longer than a few minutes.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <param name="binaries">Its programs.</param>
    /// <param name="target">What it scrapes.</param>
    public static PrometheusServer Start(PrometheusBinaries binaries, Uri target)
    {
        var folder = Directory.CreateTempSubdirectory("llm-prometheus-").FullName;
        var config = Path.Combine(folder, "prometheus.yml");
        File.WriteAllText(config, $"""
            global:
              scrape_interval: 1s
            scrape_configs:
              - job_name: shop
                metrics_path: {target.AbsolutePath}
                static_configs:
                  - targets: ["{target.Authority}"]
            """);
        var port = FreePort();
        string[] command =
        [
            binaries.Prometheus, "--config.file=" + config, "--storage.tsdb.path=" + Path.Combine(folder, "data"),
            $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ];
        // Should the tests be ended by force, it ends by itself.
        var process = Tool.Start(Tool.Find("timeout") is { } timeout ? [timeout, "--signal=KILL", "300", .. command] : command, folder);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new PrometheusServer(process, folder, port);
    }

    /// <summary>Asks until the answer is as wanted, within a bound; returns it.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> wanted, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var last = "nothing";
        while (watch.Elapsed < Patience)
        {
            _process.HasExited.ShouldBeFalse("Prometheus ended by itself");
            try
            {
                last = await _http.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken);
                using var answer = JsonDocument.Parse(last);
                if (wanted(answer.RootElement.GetProperty("data")))
                {
                    return answer.RootElement.GetProperty("data").Clone();
                }
            }
            catch (HttpRequestException)
            {
                // It has not started yet.
            }

            await Task.Delay(100, cancellationToken);
        }

        throw new TimeoutException($"Prometheus did not answer {path} as wanted within {Patience.TotalSeconds} s; the last answer was {last}");
    }

    /// <summary>The value of a query, once it has one result that is as wanted.</summary>
    public async Task<double> QueryAsync(string query, Func<double, bool> wanted, CancellationToken cancellationToken)
    {
        var data = await UntilAsync(
            "/api/v1/query?query=" + Uri.EscapeDataString(query),
            data => data.GetProperty("result") is { } result && result.GetArrayLength() == 1 && wanted(Value(result)),
            cancellationToken);
        return Value(data.GetProperty("result"));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static double Value(JsonElement result) =>
        double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
