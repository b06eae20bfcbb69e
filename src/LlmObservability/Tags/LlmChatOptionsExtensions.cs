using System.Globalization;
using LlmObservability.Tags;

namespace Microsoft.Extensions.AI;

/// <summary>Tags on one call. The inner client never receives them.</summary>
public static class LlmChatOptionsExtensions
{
    /// <summary>Adds a tag to the calls made with these options; it wins over every <see cref="LlmObservability.LlmScope"/>.</summary>
    /// <param name="options">Changed and returned; as with any of its properties, not while a call reads it.</param>
    /// <param name="key">Key in any usual spelling (<c>userId</c>, <c>user_id</c>, <c>user</c>); compared without case here.</param>
    /// <param name="value">The value; null or empty takes a scope's tag away.</param>
    public static ChatOptions WithLlmTag(this ChatOptions options, string key, string? value)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(key);
        OptionTags.Chat.Add(options, key, value);
        return options;
    }

    /// <summary>Adds a tag whose value is a number, a Guid, a time …, written in the invariant culture.</summary>
    /// <inheritdoc cref="WithLlmTag(ChatOptions, string, string?)"/>
    public static ChatOptions WithLlmTag(this ChatOptions options, string key, IFormattable value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return options.WithLlmTag(key, value.ToString(null, CultureInfo.InvariantCulture));
    }

    /// <summary>Adds several tags.</summary>
    /// <inheritdoc cref="WithLlmTag(ChatOptions, string, string?)"/>
    /// <param name="options">Changed and returned.</param>
    /// <param name="tags">The tags.</param>
    public static ChatOptions WithLlmTags(this ChatOptions options, IEnumerable<KeyValuePair<string, string?>> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var (key, value) in tags)
        {
            options.WithLlmTag(key, value);
        }

        return options;
    }

    /// <summary>Tells how long the request waited before this call.</summary>
    /// <param name="options">Changed and returned.</param>
    /// <param name="wait">The wait, ≥ 0; kept in whole microseconds.</param>
    public static ChatOptions WithLlmQueueWait(this ChatOptions options, TimeSpan wait)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero);
        return options.WithLlmTag(KnownTags.QueueWaitKey, (long)wait.TotalMicroseconds);
    }
}
