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
    private readonly OtlpServerFaults _faults = new();

    public OtlpClient(OtlpSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _server = settings.Address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _http = settings.HttpClientFactory?.Invoke() ?? new HttpClient(NewHandler(settings)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a message once.</summary>
    /// <param name="content">The message.</param>
    /// <param name="batch">What it was made of.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LlmSinkException">It was not taken, or nobody says that it was.</exception>
    public async Task<OtlpAnswer> SendAsync(OtlpContent content, LlmBatch batch, CancellationToken cancellationToken)
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
            if (!response.IsSuccessStatusCode)
            {
                var isLastTry = OtlpRefusal.IsServersFault(response.StatusCode) && _faults.IsLast(batch);
                throw OtlpRefusal.Of(response, _settings.Section, _server, _time.GetUtcNow(), isLastTry);
            }

            var answer = await ReadAsync(response.Content, either.Token).ConfigureAwait(false);
            _faults.Forget(batch);
            return answer;
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LlmSinkException($"The OTLP server at {_server} did not answer within {_settings.Timeout}.", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            // A client of the application's own has a bound of its own.
            throw new LlmSinkException($"The OTLP server at {_server} did not answer within the timeout of the application's HttpClient.", error);
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
        while (length <= OtlpAnswer.MaxBytes)
        {
            if (length == body.Length)
            {
                Array.Resize(ref body, Math.Min(body.Length * 4, OtlpAnswer.MaxBytes + 1));
            }

            var read = await stream.ReadAsync(body.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return OtlpAnswer.Read(body.AsMemory(0, length), content.Headers.ContentType)
            ?? throw new LlmSinkException(
                $"The server at {_server} answered with success and something that is no OTLP answer: set {_settings.Section}:Endpoint to where it takes OTLP over HTTP.");
    }
}
