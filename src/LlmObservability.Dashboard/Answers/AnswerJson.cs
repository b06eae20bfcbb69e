using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>
/// The JSON of requests and answers, by source generation. Letters beyond ASCII and whatever means something in HTML are escaped: what
/// models and tags hold is anybody's text.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    MaxDepth = 8,
    Converters = [typeof(UtcTimeConverter)])]
[JsonSerializable(typeof(AggregateAnswer))]
[JsonSerializable(typeof(CallAnswer))]
[JsonSerializable(typeof(CallDetailAnswer))]
[JsonSerializable(typeof(CallPageAnswer))]
[JsonSerializable(typeof(CallSetAnswer))]
[JsonSerializable(typeof(CallSetRequest))]
[JsonSerializable(typeof(ModelsAnswer))]
[JsonSerializable(typeof(PipelineAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(SkippedAnswer))]
[JsonSerializable(typeof(StoreAnswer))]
[JsonSerializable(typeof(ToolsAnswer))]
[JsonSerializable(typeof(ValuesAnswer))]
[JsonSerializable(typeof(WhatIfAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext;
