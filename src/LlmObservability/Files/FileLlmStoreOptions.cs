using LlmObservability.Queries;

namespace LlmObservability.Files;

/// <summary>
/// Options of a <see cref="FileLlmStore"/>. Bound from the configuration section <c>LlmObservability:File</c> where there is one,
/// then from code; read and validated once, when the store is created.
/// </summary>
public sealed class FileLlmStoreOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "LlmObservability:File";

    private static readonly TimeSpan ShortestAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(3660);

    /// <summary>The folder that holds everything, and nothing else; made when it is missing. One process at a time. No default.</summary>
    public string Directory { get; set; } = "";

    /// <summary>
    /// How long a call is kept, from when it was written, and how far back one may have begun that is written. Default 30 days;
    /// 1 minute to 10 years.
    /// </summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Bytes on disk; the oldest calls make room. Default 1 GiB; 1 MiB to 100 GiB. A call takes about 1 KiB, and a start reads all of it once.</summary>
    public long MaxBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>
    /// The most calls kept in memory, where every read is answered from; older ones are on disk only, for
    /// <see cref="FileLlmStore.ExportJsonLinesAsync"/>. Default 100,000; 1 to 10,000,000. A call takes about 1 to 2 KiB.
    /// </summary>
    public int MaxCalls { get; set; } = 100_000;

    /// <summary>Throws when an option is out of its range.</summary>
    /// <exception cref="ArgumentException">Says which option, and what would be right.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Directory) || Directory.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"Set {SectionName}:Directory to a folder that the store has for itself.", nameof(Directory));
        }

        ThrowIfOutside(nameof(MaxAge), MaxAge, ShortestAge, LongestAge);
        ThrowIfOutside(nameof(MaxBytes), MaxBytes, 1024L * 1024, 100L * 1024 * 1024 * 1024);
        ThrowIfOutside(nameof(MaxCalls), MaxCalls, 1, InMemoryLlmStoreOptions.MostCalls);
    }

    internal FileLlmStoreOptions Copy() => (FileLlmStoreOptions)MemberwiseClone();

    private static void ThrowIfOutside<T>(string option, T value, T least, T most)
        where T : struct, IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new ArgumentException($"Set {SectionName}:{option} to a value from {least} to {most}; it is {value}.", option);
        }
    }
}
