using System.Net;
using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Brings messages to the server, and reads what it answers. Thread-safe.</summary>
internal sealed class OtlpClient : IDisposable
{
    // So that a server that moved is found again.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    // A server that takes no more than so much may close the connection over a larger one before it is read to its end, and the
    // refusal would get lost: it is asked first.
    private const int AskedFirst = 1024 * 1024;

    private static readonly string UserAgent = $"LlmObservability/{typeof(LlmObserver).Assembly.GetName().Version?.ToString(3)}";

    private readonly OtlpSettings _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly string _server;

    public OtlpClient(OtlpSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _server = settings.Address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _http = settings.HttpClientFactory?.Invoke() ?? new HttpClient(NewHandler(settings)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a message once.</summary>
    /// <exception cref="LlmSinkException">It was not taken, or nobody says that it was.</exception>
    public async Task<OtlpAnswer> SendAsync(OtlpContent content, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, _settings.Address) { Content = content };
        request.Headers.ExpectContinue = content.Headers.ContentLength > AskedFirst ? true : null;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        foreach (var (name, value) in _settings.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await ReadAsync(response.Content, either.Token).ConfigureAwait(false)
                : throw OtlpRefusal.Of(response.StatusCode, response.Headers.RetryAfter, _server, _time.GetUtcNow());
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LlmSinkException($"The OTLP server at {_server} did not answer within {_settings.Timeout}.", error);
        }
        catch (HttpRequestException error)
        {
            throw new LlmSinkException($"The OTLP server at {_server} could not be reached, or broke off ({error.HttpRequestError}).", error);
        }
        catch (IOException error)
        {
            throw new LlmSinkException($"The OTLP server at {_server} broke off its answer.", error);
        }
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler NewHandler(OtlpSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            // Neither a span of its own nor the caller's context in its headers: who watches must not watch itself.
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = ConnectionLifetime,
            ConnectTimeout = settings.Timeout,
        };
        try
        {
            OtlpCertificates.Apply(handler.SslOptions, settings);
            return handler;
        }
        catch
        {
            handler.Dispose();
            throw;
        }
    }

    private async Task<OtlpAnswer> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new byte[1_024];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(body.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read;
            if (read == 0 || length == OtlpAnswer.MaxBytes)
            {
                break;
            }

            if (length == body.Length)
            {
                Array.Resize(ref body, Math.Min(body.Length * 4, OtlpAnswer.MaxBytes));
            }
        }

        return OtlpAnswer.Read(body.AsMemory(0, length), content.Headers.ContentType)
            ?? throw new LlmSinkException(
                $"The server at {_server} answered with success and something that is no OTLP answer: set LlmObservability:Otlp:Endpoint to where it takes OTLP over HTTP.");
    }
}
