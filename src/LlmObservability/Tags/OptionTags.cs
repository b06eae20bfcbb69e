using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tags;

/// <summary>Puts tags on one kind of options, and takes them off. Thread-safe, as far as the options are.</summary>
/// <param name="get">The options' additional properties.</param>
/// <param name="set">Sets them.</param>
internal sealed class OptionTags<TOptions>(
    Func<TOptions, AdditionalPropertiesDictionary?> get, Action<TOptions, AdditionalPropertiesDictionary?> set)
    where TOptions : class
{
    public void Add(TOptions options, string key, string? value)
    {
        // A clone of the options shares the entry, so it is replaced, never changed.
        if (get(options) is not { } properties)
        {
            properties = [];
            set(options, properties);
        }

        var tags = properties.TryGetValue(CallTags.PropertyKey, out var present) && present is AdditionalPropertiesDictionary earlier
            ? earlier.Clone()
            : [];
        tags[key] = value;
        properties[CallTags.PropertyKey] = tags;
    }

    /// <summary>Takes the tags off: returns the options for the inner client, the caller's own unless they held tags.</summary>
    public TOptions? Take(TOptions? options, out CallTags tags)
    {
        if (options is null || get(options) is not { } properties
            || !properties.TryGetValue(CallTags.PropertyKey, out var value) || value is null)
        {
            tags = default;
            return options;
        }

        tags = new CallTags(value);
        // A shallow copy, whatever the type: the lists in it are the caller's, as they are in options without tags.
        var inner = (TOptions)OptionTags.ShallowCopy(options);
        set(inner, properties.Count == 1 ? null : Without(properties));
        return inner;
    }

    private static AdditionalPropertiesDictionary Without(AdditionalPropertiesDictionary properties)
    {
        var rest = properties.Clone();
        rest.Remove(CallTags.PropertyKey);
        return rest;
    }
}

/// <summary>The kinds of options that carry tags.</summary>
internal static class OptionTags
{
    public static readonly OptionTags<ChatOptions> Chat =
        new(options => options.AdditionalProperties, (options, properties) => options.AdditionalProperties = properties);

    public static readonly OptionTags<EmbeddingGenerationOptions> Embedding =
        new(options => options.AdditionalProperties, (options, properties) => options.AdditionalProperties = properties);

    [Experimental("MEAI001")]
    public static readonly OptionTags<SpeechToTextOptions> SpeechToText =
        new(options => options.AdditionalProperties, (options, properties) => options.AdditionalProperties = properties);

    [Experimental("MEAI001")]
    public static readonly OptionTags<TextToSpeechOptions> TextToSpeech =
        new(options => options.AdditionalProperties, (options, properties) => options.AdditionalProperties = properties);

    [Experimental("MEAI001")]
    public static readonly OptionTags<ImageGenerationOptions> Image =
        new(options => options.AdditionalProperties, (options, properties) => options.AdditionalProperties = properties);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(MemberwiseClone))]
    internal static extern object ShallowCopy(object instance);
}
