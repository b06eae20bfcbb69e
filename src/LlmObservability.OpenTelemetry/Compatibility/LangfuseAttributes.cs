using System.Globalization;
using System.Text.Json;
using static LlmObservability.OpenTelemetry.Compatibility.CompatibilityAttributes;

namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>
/// A call as Langfuse reads it. Usage and cost are given as JSON objects of disjoint classes: it takes them as they are, where
/// from <c>gen_ai.usage.*</c> older servers count cached tokens twice, and take a cost of 0 for one to be worked out.
/// </summary>
internal static class LangfuseAttributes
{
    // What a Langfuse server takes for an environment's name; another becomes its default.
    private const int MaxEnvironmentLength = 40;
    private const string ReservedEnvironment = "langfuse";

    public static void OfCall(LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        Add(into, LangfuseNames.ObservationType, call.Operation switch
        {
            LlmVocabulary.Embeddings => LangfuseNames.Types.Embedding,
            LlmVocabulary.ExecuteTool => LangfuseNames.Types.Tool,
            _ => LangfuseNames.Types.Generation,
        });
        AddLevel(into, call.Outcome, call.ErrorType);
        if (call.Operation != LlmVocabulary.ExecuteTool)
        {
            AddGeneration(call, into);
        }

        Add(into, LangfuseNames.TraceTags, TagTexts.Labels(call.Tags));
        Add(into, LangfuseNames.Environment, Environment(call.Tags.Environment));
        Add(into, LangfuseNames.Release, call.Tags.ServiceVersion);
        foreach (var (key, value) in TagTexts.Metadata(call.Tags))
        {
            Add(into, LangfuseNames.MetadataPrefix + key, value);
        }
    }

    public static void OfToolCall(LlmToolCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        Add(into, LangfuseNames.ObservationType, LangfuseNames.Types.Tool);
        AddLevel(into, call.Outcome, call.ErrorType);
    }

    // What only a model's call has: a tool's own record has none of it.
    private static void AddGeneration(LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        if (call.TimeToFirstToken is { } first)
        {
            Add(into, LangfuseNames.CompletionStartTime, (call.StartedAt + first).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        }

        if (call.Tokens.Source != LlmUsageSource.Missing)
        {
            Add(into, LangfuseNames.UsageDetails, Usage(call));
        }

        if (call.Cost is { } cost)
        {
            Add(into, LangfuseNames.CostDetails, Cost(cost));
        }
    }

    // An exception's message can hold a prompt: its type is said in its place.
    private static void AddLevel(ICollection<KeyValuePair<string, object?>> into, LlmOutcome outcome, string? errorType)
    {
        if (outcome != LlmOutcome.Completed)
        {
            var failed = outcome == LlmOutcome.Failed;
            Add(into, LangfuseNames.ObservationLevel, failed ? LangfuseNames.Levels.Error : LangfuseNames.Levels.Warning);
            Add(into, LangfuseNames.ObservationStatusMessage, failed ? errorType ?? outcome.ToName() : outcome.ToName());
        }
    }

    private static string Usage(LlmCall call) => TagTexts.Json(json =>
    {
        var tokens = call.Tokens;
        json.WriteNumber(LangfuseNames.Classes.Input, tokens.UncachedInput);
        AddClass(json, LangfuseNames.Classes.InputCached, tokens.CacheRead);
        AddClass(json, LangfuseNames.Classes.InputCacheCreation5m, tokens.CacheWrite5m);
        AddClass(json, LangfuseNames.Classes.InputCacheCreation1h, tokens.CacheWrite1h);
        if (call.HasOutput)
        {
            json.WriteNumber(LangfuseNames.Classes.Output, tokens.VisibleOutput);
        }

        AddClass(json, LangfuseNames.Classes.OutputReasoning, tokens.Reasoning);
        if (tokens.Detail is { } detail)
        {
            AddClass(json, LangfuseNames.Classes.InputAudio, detail.AudioInput);
            AddClass(json, LangfuseNames.Classes.InputImage, detail.ImageInput);
            AddClass(json, LangfuseNames.Classes.InputVideo, detail.VideoInput);
            AddClass(json, LangfuseNames.Classes.InputCachedAudio, detail.AudioCacheRead);
            AddClass(json, LangfuseNames.Classes.InputCachedImage, detail.ImageCacheRead);
            AddClass(json, LangfuseNames.Classes.OutputAudio, detail.AudioOutput);
            AddClass(json, LangfuseNames.Classes.OutputImage, detail.ImageOutput);
            AddClass(json, LangfuseNames.Classes.OutputVideo, detail.VideoOutput);
            AddClass(json, LangfuseNames.Classes.OutputCitation, detail.Citation);
        }

        json.WriteNumber(LangfuseNames.Classes.Total, tokens.Input + tokens.Output);
    });

    private static string Cost(in LlmCost cost)
    {
        var known = cost;
        return TagTexts.Json(json =>
        {
            json.WriteNumber(LangfuseNames.Classes.Input, LlmCost.ToUsd(known.InputNanos));
            AddUsd(json, LangfuseNames.Classes.InputCached, known.CachedInputNanos);
            AddUsd(json, LangfuseNames.Classes.Output, known.OutputNanos);
            AddUsd(json, LangfuseNames.Classes.Fees, known.FeesNanos);
            json.WriteNumber(LangfuseNames.Classes.Total, known.TotalUsd);
        });
    }

    private static void AddClass(Utf8JsonWriter json, string name, long count)
    {
        if (count > 0)
        {
            json.WriteNumber(name, count);
        }
    }

    private static void AddUsd(Utf8JsonWriter json, string name, long nanos)
    {
        if (nanos != 0)
        {
            json.WriteNumber(name, LlmCost.ToUsd(nanos));
        }
    }

    private static string? Environment(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        var taken = string.Create(Math.Min(name.Length, MaxEnvironmentLength), name, static (span, name) =>
        {
            for (var index = 0; index < span.Length; index++)
            {
                var letter = char.ToLowerInvariant(name[index]);
                span[index] = char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-';
            }
        });
        return taken.StartsWith(ReservedEnvironment, StringComparison.Ordinal) ? null : taken;
    }
}
