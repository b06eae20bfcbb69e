using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The first-class and own tags while an envelope is read.</summary>
internal sealed class TagFields
{
    private List<KeyValuePair<string, string>>? _custom;
    private string? _user;
    private string? _tenant;
    private string? _session;
    private string? _conversation;
    private string? _episode;
    private string? _route;
    private string? _feature;
    private string? _config;
    private string? _variant;
    private string? _environment;
    private string? _service;
    private string? _serviceVersion;

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "user": _user = json.GetString(); break;
            case "tenant": _tenant = json.GetString(); break;
            case "session": _session = json.GetString(); break;
            case "conversation": _conversation = json.GetString(); break;
            case "episode": _episode = json.GetString(); break;
            case "route": _route = json.GetString(); break;
            case "feature": _feature = json.GetString(); break;
            case "config": _config = json.GetString(); break;
            case "variant": _variant = json.GetString(); break;
            case "environment": _environment = json.GetString(); break;
            case "service": _service = json.GetString(); break;
            case "service_version": _serviceVersion = json.GetString(); break;
            case "tags": _custom = EnvelopeReader.ReadTags(ref json); break;
            default: return false;
        }

        return true;
    }

    public LlmTags ToTags() => new(_custom)
    {
        User = _user,
        Tenant = _tenant,
        Session = _session,
        Conversation = _conversation,
        Episode = _episode,
        Route = _route,
        Feature = _feature,
        Config = _config,
        Variant = _variant,
        Environment = _environment,
        Service = _service,
        ServiceVersion = _serviceVersion,
    };
}
