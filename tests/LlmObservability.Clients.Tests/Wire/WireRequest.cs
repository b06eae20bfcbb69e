using System.Text.Json;

namespace LlmObservability.Clients.Tests.Wire;

/// <summary>A request as it came.</summary>
internal sealed record WireRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A member of the JSON body; undefined where it is not there.</summary>
    public JsonElement this[string member]
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.TryGetProperty(member, out var value) ? value.Clone() : default;
        }
    }
}
