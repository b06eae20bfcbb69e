using System.Collections.Concurrent;
using LlmObservability.Tags;
using LlmObservability.Telemetry;

namespace LlmObservability.Calls;

/// <summary>What a client says of itself, read once when it is wrapped, and its targets. Thread-safe.</summary>
internal sealed class ClientIdentity
{
    // Beyond this, models are names made up by somebody; their targets are made for each call.
    private const int MaxTargets = 256;

    private readonly ConcurrentDictionary<string, CallTarget> _targets = new(StringComparer.Ordinal);
    private readonly string? _defaultModel;
    private CallTarget? _recent;

    private ClientIdentity(
        ClientKind kind, LlmObserver observer, ClientDetails? details, string? sourceInside, bool wrappedInside, bool allWrappedInside)
    {
        Kind = kind;
        WrappedInside = wrappedInside;
        AllWrappedInside = allWrappedInside;
        Observer = observer;
        (ServerAddress, ServerPort) = Server(details?.Uri);
        Provider = ProviderName(BoundedText.Clean(details?.Provider), ServerAddress);
        Geo = ServedIn(ServerAddress);
        _defaultModel = BoundedText.Clean(details?.DefaultModel);
        Dimensions = details?.Dimensions;
        SourceInside = sourceInside;
    }

    public ClientKind Kind { get; }

    public LlmObserver Observer { get; }

    public string? Provider { get; }

    public string? ServerAddress { get; }

    public int? ServerPort { get; }

    /// <summary>The dimensions of the default model's embeddings, where the client says so.</summary>
    public int? Dimensions { get; }

    /// <summary>Where the client's host serves calls, if that host is only for there; null for anywhere.</summary>
    public string? Geo { get; }

    /// <summary>The activity source of another instrumentation further in; null if there is none.</summary>
    public string? SourceInside { get; }

    /// <summary>
    /// Whether another instrumentation's span of a call was seen around this client. It then records the conventions'
    /// metrics of the calls, those too whose span it left out.
    /// </summary>
    public bool ForeignAround { get; set; }

    /// <summary>Whether wrapped clients of the same kind are further in, so that this one need not be what calls a provider.</summary>
    public bool WrappedInside { get; }

    /// <summary>Whether nothing further in calls a provider but wrapped clients, by the application's word.</summary>
    public bool AllWrappedInside { get; }

    /// <summary>What a client says of itself.</summary>
    /// <param name="kind">What kind of client it is.</param>
    /// <param name="services">Its <c>GetService</c>.</param>
    /// <param name="observer">The recorder.</param>
    /// <param name="allWrappedInside">The application's word, <see cref="AllWrappedInside"/>.</param>
    public static ClientIdentity Of(ClientKind kind, Func<Type, object?, object?> services, LlmObserver observer, bool allWrappedInside)
    {
        try
        {
            return new ClientIdentity(
                kind,
                observer,
                kind.DetailsOf(services),
                ForeignTelemetry.SourceInside(services),
                services(typeof(ClientIdentity), null) is ClientIdentity inside && ReferenceEquals(inside.Kind, kind),
                allWrappedInside);
        }
        catch (Exception error)
        {
            observer.RecorderFailed(error);
            return new ClientIdentity(kind, observer, details: null, sourceInside: null, wrappedInside: false, allWrappedInside);
        }
    }

    /// <summary>The target of a call whose options name this model; null for the client's own.</summary>
    public CallTarget Target(string? model)
    {
        var recent = Volatile.Read(ref _recent);
        if (recent is not null && recent.AskedModel == model)
        {
            return recent;
        }

        // No model has the empty name, so it can stand for the client's own.
        if (!_targets.TryGetValue(model ?? "", out var target))
        {
            target = Create(model);
            if (_targets.Count < MaxTargets)
            {
                target = _targets.GetOrAdd(model ?? "", target);
            }
        }

        Volatile.Write(ref _recent, target);
        return target;
    }

    private CallTarget Create(string? model)
    {
        var requestModel = BoundedText.Clean(model) ?? _defaultModel;
        var key = new TelemetryTargetKey(Kind.Operation, Provider, requestModel, ServerAddress, ServerPort);
        return new CallTarget(this, model, requestModel, Observer.Telemetry.Target(key));
    }

    private static (string? Host, int? Port) Server(Uri? uri)
    {
        return uri is { IsAbsoluteUri: true, Host.Length: > 0 } ? (uri.Host, uri.Port) : (null, null);
    }

    /// <summary>
    /// OpenAI's hosts for data that stays in a region are named after it (platform.openai.com/docs/guides/your-data), and
    /// prices there differ.
    /// </summary>
    public static string? ServedIn(string? host)
    {
        const string Regional = ".api.openai.com";
        return host is not null && host.EndsWith(Regional, StringComparison.OrdinalIgnoreCase)
            ? ReportedTerm.Geo.Canonical(host[..^Regional.Length])
            : null;
    }

    /// <summary>The OpenAI adapter says <c>openai</c> for Azure too; the conventions have a name of its own for that.</summary>
    private static string? ProviderName(string? name, string? host)
    {
        var azure = host is not null
            && (host.EndsWith(".openai.azure.com", StringComparison.OrdinalIgnoreCase)
                || host.EndsWith(".cognitiveservices.azure.com", StringComparison.OrdinalIgnoreCase));
        return azure && (name is null || string.Equals(name, "openai", StringComparison.OrdinalIgnoreCase)) ? "azure.ai.openai" : name;
    }
}
