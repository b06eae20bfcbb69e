using System.Globalization;
using LlmObservability.Tags;

namespace Microsoft.Extensions.AI;

/// <summary>Tags on one embedding call. The inner generator never receives them.</summary>
public static class LlmEmbeddingOptionsExtensions
{
    /// <summary>Adds a tag to the calls made with these options; it wins over every <see cref="LlmObservability.LlmScope"/>.</summary>
    /// <param name="options">Changed and returned; as with any of its properties, not while a call reads it.</param>
    /// <param name="key">Key in any usual spelling (<c>userId</c>, <c>user_id</c>, <c>user</c>); compared without case here.</param>
    /// <param name="value">The value; null or empty takes a scope's tag away.</param>
    public static EmbeddingGenerationOptions WithLlmTag(this EmbeddingGenerationOptions options, string key, string? value)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(key);
        OptionTags.Embedding.Add(options, key, value);
        return options;
    }

    /// <summary>Adds a tag whose value is a number, a Guid, a time …, written in the invariant culture.</summary>
    /// <inheritdoc cref="WithLlmTag(EmbeddingGenerationOptions, string, string?)"/>
    public static EmbeddingGenerationOptions WithLlmTag(this EmbeddingGenerationOptions options, string key, IFormattable value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return options.WithLlmTag(key, value.ToString(null, CultureInfo.InvariantCulture));
    }

    /// <summary>Adds several tags.</summary>
    /// <inheritdoc cref="WithLlmTag(EmbeddingGenerationOptions, string, string?)"/>
    /// <param name="options">Changed and returned.</param>
    /// <param name="tags">The tags.</param>
    public static EmbeddingGenerationOptions WithLlmTags(
        this EmbeddingGenerationOptions options, IEnumerable<KeyValuePair<string, string?>> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var (key, value) in tags)
        {
            options.WithLlmTag(key, value);
        }

        return options;
    }
}
