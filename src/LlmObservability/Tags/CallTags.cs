using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tags;

/// <summary>
/// Tags that travel on <see cref="ChatOptions"/>: one entry of its additional properties, which survives a clone and can
/// be serialised by anything between the application and the wrapper. The wrapper takes it out.
/// </summary>
internal sealed class CallTags
{
    /// <summary>The entry's key in <see cref="ChatOptions.AdditionalProperties"/>.</summary>
    public const string PropertyKey = "llm.tags";

    private readonly object _value;

    private CallTags(object value) => _value = value;

    public static void Add(ChatOptions options, string key, string? value)
    {
        // A clone of the options shares the entry, so it is replaced, never changed.
        var properties = options.AdditionalProperties ??= [];
        var tags = properties.TryGetValue(PropertyKey, out var present) && present is AdditionalPropertiesDictionary earlier
            ? earlier.Clone()
            : [];
        tags[key] = value;
        properties[PropertyKey] = tags;
    }

    /// <summary>Takes the tags off: returns the options for the inner client, the caller's own unless they held tags.</summary>
    public static ChatOptions? Take(ChatOptions? options, out CallTags? tags)
    {
        if (options?.AdditionalProperties is not { } properties
            || !properties.TryGetValue(PropertyKey, out var value) || value is null)
        {
            tags = null;
            return options;
        }

        tags = new CallTags(value);
        var inner = options.Clone();
        // Clone copies the dictionary; a subclass's own Clone might not, and the caller's must stay as it is.
        if (inner.AdditionalProperties is null || ReferenceEquals(inner.AdditionalProperties, properties))
        {
            inner.AdditionalProperties = properties.Clone();
        }

        inner.AdditionalProperties.Remove(PropertyKey);
        if (inner.AdditionalProperties.Count == 0)
        {
            inner.AdditionalProperties = null;
        }

        return inner;
    }

    public void CopyTo(ref TagResolver.Merge merge)
    {
        switch (_value)
        {
            case IEnumerable<KeyValuePair<string, object?>> entries:
                foreach (var (key, value) in entries.Reverse())
                {
                    merge.Add(key, value as string);
                }

                break;

            // Options that went through JSON on their way.
            case JsonElement { ValueKind: JsonValueKind.Object } json:
                foreach (var property in json.EnumerateObject().Reverse())
                {
                    merge.Add(property.Name, property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null);
                }

                break;
        }
    }
}
