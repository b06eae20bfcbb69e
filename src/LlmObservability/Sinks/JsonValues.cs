using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>Single values of a serialised envelope; what does not fit is a <see cref="LlmFormatException"/>.</summary>
internal static class JsonValues
{
    private const long MaxMicroseconds = long.MaxValue / TimeSpan.TicksPerMicrosecond;

    public static int Int32(ref Utf8JsonReader json) =>
        json.TryGetInt32(out var value) ? value : throw new LlmFormatException("A number of the envelope is not a whole one of 32 bits.");

    public static long Int64(ref Utf8JsonReader json) =>
        json.TryGetInt64(out var value) ? value : throw new LlmFormatException("A number of the envelope is not a whole one of 64 bits.");

    public static long Count(ref Utf8JsonReader json)
    {
        var value = Int64(ref json);
        return value >= 0 ? value : throw new LlmFormatException("A count of the envelope is negative.");
    }

    public static double Number(ref Utf8JsonReader json) =>
        json.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw new LlmFormatException("A number of the envelope is out of range.");

    public static TimeSpan Duration(ref Utf8JsonReader json)
    {
        var value = Int64(ref json);
        return value is >= 0 and <= MaxMicroseconds
            ? new TimeSpan(value * TimeSpan.TicksPerMicrosecond)
            : throw new LlmFormatException("A duration of the envelope is out of range.");
    }

    public static DateTimeOffset Time(ref Utf8JsonReader json) =>
        json.TryGetDateTimeOffset(out var value)
            ? LlmCallId.ToMicroseconds(value)
            : throw new LlmFormatException("A time of the envelope is not ISO 8601.");

    public static DateOnly Date(ref Utf8JsonReader json) =>
        DateOnly.TryParseExact(json.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value)
            ? value
            : throw new LlmFormatException("A date of the envelope is not written as yyyy-MM-dd.");

    public static Guid Id(ref Utf8JsonReader json) =>
        json.TryGetGuid(out var value) ? value : throw new LlmFormatException("An id of the envelope is not a UUID.");

    public static LlmOutcome Outcome(ref Utf8JsonReader json) =>
        LlmVocabulary.TryParseOutcome(json.GetString(), out var value)
            ? value
            : throw new LlmFormatException("The envelope's outcome is not a known word.");

    public static LlmUsageSource UsageSource(ref Utf8JsonReader json) =>
        LlmVocabulary.TryParseUsageSource(json.GetString(), out var value)
            ? value
            : throw new LlmFormatException("The envelope's usage source is not a known word.");

    public static LlmCostReason CostReason(ref Utf8JsonReader json) =>
        LlmVocabulary.TryParseCostReason(json.GetString(), out var value)
            ? value
            : throw new LlmFormatException("The envelope's cost reason is not a known word.");

    /// <summary>The value, or an exception that names the field that a record cannot be without.</summary>
    public static T Needed<T>(T? value, string name)
        where T : struct =>
        value ?? throw new LlmFormatException($"The envelope lacks '{name}'.");

    /// <summary>The value, or an exception that names the field that a record cannot be without.</summary>
    public static string Needed(string? value, string name) =>
        value ?? throw new LlmFormatException($"The envelope lacks '{name}'.");
}
