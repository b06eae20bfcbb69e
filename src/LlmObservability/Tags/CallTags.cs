using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tags;

/// <summary>
/// Tags that travel on <see cref="ChatOptions"/>: one entry of its additional properties, which survives a clone and can
/// be serialised by anything between the application and the wrapper. The wrapper takes it out.
/// </summary>
/// <param name="Value">The entry's value; null when there are no tags.</param>
internal readonly record struct CallTags(object? Value)
{
    /// <summary>The entry's key in <see cref="ChatOptions.AdditionalProperties"/>.</summary>
    public const string PropertyKey = "llm.tags";

    public bool Any => Value is not null;

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
    public static ChatOptions? Take(ChatOptions? options, out CallTags tags)
    {
        if (options?.AdditionalProperties is not { } properties
            || !properties.TryGetValue(PropertyKey, out var value) || value is null)
        {
            tags = default;
            return options;
        }

        tags = new CallTags(value);
        // A shallow copy, whatever the type: the lists in it are the caller's, as they are in options without tags.
        var inner = (ChatOptions)ShallowCopy(options);
        inner.AdditionalProperties = properties.Count == 1 ? null : Without(properties);
        return inner;
    }

    public void CopyTo(ref TagResolver.Merge merge)
    {
        switch (Value)
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

    private static AdditionalPropertiesDictionary Without(AdditionalPropertiesDictionary properties)
    {
        var rest = properties.Clone();
        rest.Remove(PropertyKey);
        return rest;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(MemberwiseClone))]
    private static extern object ShallowCopy(object instance);
}
