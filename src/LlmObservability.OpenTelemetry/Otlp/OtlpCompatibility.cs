using LlmObservability.OpenTelemetry.Compatibility;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Writes what other vocabularies call a call and a tool call; nothing unless it was asked for. Not thread-safe.</summary>
internal sealed class OtlpCompatibility(LlmCompatibility which)
{
    private readonly List<KeyValuePair<string, object?>> _found = [];

    public void OfCall(OtlpAttributes to, LlmCall call)
    {
        if (which != LlmCompatibility.None)
        {
            CompatibilityAttributes.OfCall(which, call, _found);
            Write(to);
        }
    }

    public void OfToolCall(OtlpAttributes to, LlmToolCall toolCall)
    {
        if (which != LlmCompatibility.None)
        {
            CompatibilityAttributes.OfToolCall(which, toolCall, _found);
            Write(to);
        }
    }

    private void Write(OtlpAttributes to)
    {
        foreach (var (key, value) in _found)
        {
            switch (value)
            {
                case string text: to.Add(key, text); break;
                case string[] texts: to.Add(key, texts); break;
                case bool truth: to.Add(key, truth); break;
                case int number: to.Add(key, number); break;
                case long number: to.Add(key, number); break;
                case double number: to.Add(key, number); break;
                default: break;
            }
        }

        _found.Clear();
    }
}
