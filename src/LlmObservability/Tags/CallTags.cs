using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tags;

/// <summary>
/// Tags that travel on a call's options: one entry of their additional properties, which survives a clone and can be
/// serialised by anything between the application and the wrapper. The wrapper takes it out.
/// </summary>
/// <param name="Value">The entry's value; null when there are no tags.</param>
internal readonly record struct CallTags(object? Value)
{
    /// <summary>The entry's key in the additional properties.</summary>
    public const string PropertyKey = "llm.tags";

    public bool Any => Value is not null;

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
}
