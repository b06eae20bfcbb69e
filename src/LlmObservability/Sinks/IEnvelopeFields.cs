using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>A record of a serialised envelope while it is read.</summary>
internal interface IEnvelopeFields
{
    /// <summary>Reads the value at which the reader stands, which is not null, if the record knows its name; else leaves it.</summary>
    bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json);
}
