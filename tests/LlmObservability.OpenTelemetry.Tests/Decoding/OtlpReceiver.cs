using System.Diagnostics;
using System.Text.Json;
using LlmObservability.Testing.Tools;

namespace LlmObservability.OpenTelemetry.Tests.Decoding;

/// <summary>
/// A receiver of OTLP, over HTTP (protobuf and JSON) and gRPC, that reads what it gets by OpenTelemetry's own JavaScript types:
/// an implementation that shares nothing with what sends. A process of Node.js on free ports of 127.0.0.1.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly HttpClient _http;

    private OtlpReceiver(Process process, int http, int grpc)
    {
        _process = process;
        Http = new Uri($"http://127.0.0.1:{http}");
        Grpc = new Uri($"http://127.0.0.1:{grpc}");
        _http = new HttpClient { BaseAddress = Http, Timeout = Bound };
    }

    /// <summary>Takes <c>/v1/traces</c>, <c>/v1/metrics</c> and <c>/v1/logs</c>.</summary>
    public Uri Http { get; }

    public Uri Grpc { get; }

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var folder = await NodeTool.InstallAsync("otlp", "receiver.mjs", "decoding.mjs");
        var process = Tool.Start(["node", Path.Combine(folder, "receiver.mjs")]);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Bound, cancellationToken);
        if (line is null)
        {
            throw new InvalidOperationException("The receiver did not start: " + await process.StandardError.ReadToEndAsync(cancellationToken));
        }

        process.BeginErrorReadLine();
        var ports = JsonElement.Parse(line);
        return new OtlpReceiver(process, ports.GetProperty("http").GetInt32(), ports.GetProperty("grpc").GetInt32());
    }

    /// <summary>All that came so far.</summary>
    /// <exception cref="InvalidDataException">Something of it could not be read; the message says what.</exception>
    public async Task<Received> ReceivedAsync(CancellationToken cancellationToken)
    {
        using var answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/received", UriKind.Relative), cancellationToken));
        var errors = answer.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetString()).ToList();
        return errors.Count == 0
            ? new Received([.. answer.RootElement.GetProperty("received").Clone().EnumerateArray()])
            : throw new InvalidDataException(string.Join('\n', errors));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.StandardInput.Close();
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
