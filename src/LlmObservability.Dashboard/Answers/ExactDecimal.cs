using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A decimal number as a text: exact, which a JSON number is not for most readers.</summary>
[JsonConverter(typeof(ExactDecimalConverter))]
internal readonly record struct ExactDecimal(decimal Value);
