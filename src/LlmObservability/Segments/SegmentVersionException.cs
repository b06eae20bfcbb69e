namespace LlmObservability.Segments;

/// <summary>The log was written by a later version of this library.</summary>
internal sealed class SegmentVersionException : IOException
{
    public SegmentVersionException(string location, string file, int version)
        : base(
            $"The directory '{location}' holds a log of version {version} ('{file}'); this version of the library reads version " +
            $"{SegmentFormat.Version}. Use the later version again, or give this one an empty directory. Nothing was changed.")
    {
    }
}
