using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LlmObservability.Tags;

namespace Microsoft.Extensions.AI;

/// <summary>Tags on one call of a speech client or an image generator. The inner client never receives them.</summary>
[Experimental("MEAI001", UrlFormat = "https://aka.ms/dotnet-extensions-warnings/{0}")]
public static class LlmModalityOptionsExtensions
{
    /// <summary>Adds a tag to the calls made with these options; it wins over every <see cref="LlmObservability.LlmScope"/>.</summary>
    /// <param name="options">Changed and returned; as with any of its properties, not while a call reads it.</param>
    /// <param name="key">Key in any usual spelling (<c>userId</c>, <c>user_id</c>, <c>user</c>); compared without case here.</param>
    /// <param name="value">The value; null or empty takes a scope's tag away.</param>
    public static SpeechToTextOptions WithLlmTag(this SpeechToTextOptions options, string key, string? value) =>
        Tagged(OptionTags.SpeechToText, options, key, value);

    /// <summary>Adds a tag whose value is a number, a Guid, a time …, written in the invariant culture.</summary>
    /// <inheritdoc cref="WithLlmTag(SpeechToTextOptions, string, string?)"/>
    public static SpeechToTextOptions WithLlmTag(this SpeechToTextOptions options, string key, IFormattable value) =>
        Tagged(OptionTags.SpeechToText, options, key, Text(value));

    /// <inheritdoc cref="WithLlmTag(SpeechToTextOptions, string, string?)"/>
    public static TextToSpeechOptions WithLlmTag(this TextToSpeechOptions options, string key, string? value) =>
        Tagged(OptionTags.TextToSpeech, options, key, value);

    /// <inheritdoc cref="WithLlmTag(SpeechToTextOptions, string, IFormattable)"/>
    public static TextToSpeechOptions WithLlmTag(this TextToSpeechOptions options, string key, IFormattable value) =>
        Tagged(OptionTags.TextToSpeech, options, key, Text(value));

    /// <inheritdoc cref="WithLlmTag(SpeechToTextOptions, string, string?)"/>
    public static ImageGenerationOptions WithLlmTag(this ImageGenerationOptions options, string key, string? value) =>
        Tagged(OptionTags.Image, options, key, value);

    /// <inheritdoc cref="WithLlmTag(SpeechToTextOptions, string, IFormattable)"/>
    public static ImageGenerationOptions WithLlmTag(this ImageGenerationOptions options, string key, IFormattable value) =>
        Tagged(OptionTags.Image, options, key, Text(value));

    private static TOptions Tagged<TOptions>(OptionTags<TOptions> kind, TOptions options, string key, string? value)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(key);
        kind.Add(options, key, value);
        return options;
    }

    private static string Text(IFormattable value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.ToString(null, CultureInfo.InvariantCulture);
    }
}
