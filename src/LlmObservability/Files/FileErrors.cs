using LlmObservability.Segments;
using LlmObservability.Sinks;

namespace LlmObservability.Files;

/// <summary>What the disk's refusals mean for the pipeline. Messages name files, never what is in them.</summary>
internal static class FileErrors
{
    public static bool IsOfDisk(Exception error) => error is IOException or UnauthorizedAccessException;

    public static LlmSinkException ToSinkException(Exception error, string location) => error switch
    {
        SegmentsLockedException => new LlmSinkException(LlmSinkFailure.Transient, error.Message, error),
        SegmentVersionException => new LlmSinkException(LlmSinkFailure.Permanent, error.Message, error),
        _ when DiskFull.Is(error) => new LlmSinkException(
            LlmSinkFailure.Transient, $"The disk of the file store in '{location}' is full; make room, or lower {FileLlmStoreOptions.SectionName}:MaxBytes.", error),
        _ => new LlmSinkException(LlmSinkFailure.Transient, $"The file store in '{location}' cannot use its disk: {error.Message}", error),
    };
}
