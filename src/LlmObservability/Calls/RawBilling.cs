using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;

namespace LlmObservability.Calls;

/// <summary>
/// Reads from the objects of known SDKs what their adapters do not hand on, without referencing their packages: the official
/// Anthropic SDK's JSON (a property <c>RawData</c> or <c>Json</c>) and the OpenAI SDK's <c>ServiceTier</c>. What a type has is
/// looked up once. Best effort: where trimming took a property away, nothing is told, and
/// <see cref="LlmObservabilityOptions.ReadBilling"/> is for the application. Thread-safe.
/// </summary>
internal sealed class RawBilling
{
    // Beyond this, types are made at run time by somebody; they are not looked at.
    private const int MaxTypes = 256;

    private static readonly Func<object, LlmBilling?> Nothing = static _ => null;

    private readonly ConcurrentDictionary<Type, Func<object, LlmBilling?>> _readers = new();

    /// <summary>What an object tells; null for nothing.</summary>
    public LlmBilling? Read(object raw)
    {
        var type = raw.GetType();
        if (!_readers.TryGetValue(type, out var read))
        {
            if (_readers.Count >= MaxTypes)
            {
                return null;
            }

            read = _readers.GetOrAdd(type, ReaderOf(type));
        }

        return read(raw);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Best effort: a property that was trimmed away is not read.")]
    private static Func<object, LlmBilling?> ReaderOf(Type type)
    {
        try
        {
            var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
            if (Array.Find(properties, p => p.Name == "RawData" && p.PropertyType.IsAssignableTo(typeof(IReadOnlyDictionary<string, JsonElement>))) is { } data)
            {
                return raw => data.GetValue(raw) is IReadOnlyDictionary<string, JsonElement> members && members.TryGetValue("usage", out var usage)
                    ? OfUsage(usage)
                    : null;
            }

            if (Array.Find(properties, p => p.Name == "Json" && p.PropertyType == typeof(JsonElement)) is { } json)
            {
                return raw => OfEvent((JsonElement)json.GetValue(raw)!);
            }

            return Array.Find(properties, p => p.Name == "ServiceTier") is { } tier
                ? OfCompletion(tier, Array.Find(properties, p => p.Name == "Usage"))
                : Nothing;
        }
        catch (Exception)
        {
            return Nothing;
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Best effort: a property that was trimmed away is not read.")]
    private static Func<object, LlmBilling?> OfCompletion(PropertyInfo tier, PropertyInfo? usage)
    {
        var details = usage?.PropertyType.GetProperty("InputTokenDetails");
        var writes = details?.PropertyType.GetProperty("CacheWriteTokenCount");
        return raw =>
        {
            var word = tier.GetValue(raw)?.ToString();
            long? count = writes is not null && usage!.GetValue(raw) is { } counts && details!.GetValue(counts) is { } input
                ? writes.GetValue(input) switch { int written and > 0 => written, long written and > 0 => written, _ => null }
                : null;
            return string.IsNullOrEmpty(word) && count is null ? null : new LlmBilling { ServiceTier = word, CacheWriteTokens = count };
        };
    }

    // A stream's first event holds the message with its usage so far; a later one holds a usage alone.
    private static LlmBilling? OfEvent(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var holder = json.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object ? message : json;
        return holder.TryGetProperty("usage", out var usage) ? OfUsage(usage) : null;
    }

    private static LlmBilling? OfUsage(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return new LlmBilling
        {
            CacheWrite1hTokens = usage.TryGetProperty("cache_creation", out var writes) && writes.ValueKind == JsonValueKind.Object
                ? Count(writes, "ephemeral_1h_input_tokens")
                : null,
            Geo = Text(usage, "inference_geo"),
            Speed = Text(usage, "speed"),
            ServiceTier = Text(usage, "service_tier"),
        };
    }

    private static long? Count(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) ? count : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
