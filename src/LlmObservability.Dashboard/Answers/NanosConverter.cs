using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>Writes nano-dollars.</summary>
internal sealed class NanosConverter : JsonConverter<Nanos>
{
    public override Nanos Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Answers are written only.");

    public override void Write(Utf8JsonWriter writer, Nanos value, JsonSerializerOptions options)
    {
        if (value.Value is >= -Nanos.MaxSafe and <= Nanos.MaxSafe)
        {
            writer.WriteNumberValue(value.Value);
        }
        else
        {
            writer.WriteStringValue(value.Value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
