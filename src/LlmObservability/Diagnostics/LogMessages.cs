using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability;

/// <summary>
/// Every log message, one per change of state. Event ids: 1–19 start-up, 20–39 the pipeline, 40–59 capture, 60–69 the file
/// store, 70–89 the spool, 90–99 the PostgreSQL store's upkeep and 100–109 ASP.NET Core (their own packages); docs/pipeline.md lists them. No message holds a prompt, an answer, a tag's value, a key or a connection string.
/// </summary>
internal static partial class LogMessages
{
    [LoggerMessage(EventId = 20, EventName = "SinkFailing", Level = LogLevel.Warning, Message = "LLM calls cannot be written to sink '{Sink}' for now; they wait, and are retried. {Failure}")]
    public static partial void SinkFailing(this ILogger logger, string sink, string failure);

    [LoggerMessage(EventId = 21, EventName = "SinkRecovered", Level = LogLevel.Information, Message = "Sink '{Sink}' takes LLM calls again, after {Lasted}.")]
    public static partial void SinkRecovered(this ILogger logger, string sink, TimeSpan lasted);

    [LoggerMessage(EventId = 22, EventName = "FirstDrop", Level = LogLevel.Warning, Message = "Sink '{Sink}' dropped its first record for reason {Reason}; see LlmStatistics for the count from here on. {Detail}")]
    public static partial void FirstDrop(this ILogger logger, string sink, LlmDropReason reason, string? detail = null);

    [LoggerMessage(EventId = 23, EventName = "PoisonEnvelope", Level = LogLevel.Error, Message = "Sink '{Sink}' refuses the record of call {CallId}; it was put aside and the rest of its batch written. More of them are only counted. {Failure}")]
    public static partial void PoisonEnvelope(this ILogger logger, string sink, Guid callId, string failure);

    [LoggerMessage(EventId = 24, EventName = "ShutdownDropped", Level = LogLevel.Warning, Message = "Sink '{Sink}': {Count} records were not written within the shutdown budget and are lost.")]
    public static partial void ShutdownDropped(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 25, EventName = "QueueFull", Level = LogLevel.Warning, Message = "The queue of sink '{Sink}' is full: LLM calls are dropped until it has room.")]
    public static partial void QueueFull(this ILogger logger, string sink);

    [LoggerMessage(EventId = 26, EventName = "QueueFullEnded", Level = LogLevel.Warning, Message = "The queue of sink '{Sink}' has room again; {Count} records were dropped while it was full.")]
    public static partial void QueueFullEnded(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 27, EventName = "SinkGaveUp", Level = LogLevel.Error, Message = "Sink '{Sink}' cannot write LLM calls and retrying cannot help: they are dropped until a write succeeds. {Failure}")]
    public static partial void SinkGaveUp(this ILogger logger, string sink, string failure);

    [LoggerMessage(EventId = 28, EventName = "PoisonEnded", Level = LogLevel.Warning, Message = "Sink '{Sink}' refused {Count} records, and none since.")]
    public static partial void PoisonEnded(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 29, EventName = "SinkSwitchedOff", Level = LogLevel.Information, Message = "Sink '{Sink}' is switched off; what waits for it is dropped.")]
    public static partial void SinkSwitchedOff(this ILogger logger, string sink);

    [LoggerMessage(EventId = 30, EventName = "SinkSwitchedOn", Level = LogLevel.Information, Message = "Sink '{Sink}' is switched on.")]
    public static partial void SinkSwitchedOn(this ILogger logger, string sink);

    [LoggerMessage(EventId = 40, EventName = "RecorderFailed", Level = LogLevel.Error, Message = "An LLM call could not be recorded; the call itself is not affected. This is a defect of the recorder: please report it. {ErrorType} {Stack}")]
    public static partial void RecorderFailed(this ILogger logger, string? errorType, string? stack);

    [LoggerMessage(EventId = 41, EventName = "StreamNeverDisposed", Level = LogLevel.Warning, Message = "A streamed LLM response was neither read to its end nor disposed; it is recorded as abandoned. Dispose its enumerator.")]
    public static partial void StreamNeverDisposed(this ILogger logger);

    [LoggerMessage(EventId = 42, EventName = "UserIdWithoutKey", Level = LogLevel.Warning, Message = "A user id was given, but neither UserIds:HashKey nor UserIds:StorePlain is configured, so it is not stored.")]
    public static partial void UserIdWithoutKey(this ILogger logger);

    [LoggerMessage(EventId = 43, EventName = "TelemetryInside", Level = LogLevel.Warning, Message = "A wrapped chat client has telemetry of its own inside (source '{Source}'), so the wrapper makes no GenAI spans and metrics; records and counters go on. Wrap further in, then add the other telemetry around it.")]
    public static partial void TelemetryInside(this ILogger logger, string source);

    [LoggerMessage(EventId = 44, EventName = "ModelWithoutPrice", Level = LogLevel.Warning, Message = "No price is known for model '{Model}' of provider '{Provider}', so its calls have no cost. Add it to LlmObservability:Prices, or say in LlmObservability:Deployments which model it is.")]
    public static partial void ModelWithoutPrice(this ILogger logger, string model, string provider);

    [LoggerMessage(EventId = 47, EventName = "SearchWithoutPrice", Level = LogLevel.Warning, Message = "Price entry '{Entry}' has no price for web searches, so the costs of calls that made some lack them. Add a price with WebSearch to LlmObservability:Prices.")]
    public static partial void SearchWithoutPrice(this ILogger logger, string entry);

    [LoggerMessage(EventId = 45, EventName = "PricesReloaded", Level = LogLevel.Information, Message = "Prices were read anew from '{Path}'.")]
    public static partial void PricesReloaded(this ILogger logger, string path);

    [LoggerMessage(EventId = 46, EventName = "PricesNotReloaded", Level = LogLevel.Error, Message = "The changed price file '{Path}' is wrong; the old prices stay in force. {Failure}")]
    public static partial void PricesNotReloaded(this ILogger logger, string path, string failure);

    [LoggerMessage(EventId = 60, EventName = "FileStoreOpened", Level = LogLevel.Information, Message = "The file store in '{Directory}' is open: {Records} records on disk, {Calls} calls in memory, read in {Elapsed}.")]
    public static partial void FileStoreOpened(this ILogger logger, string directory, long records, int calls, TimeSpan elapsed);

    [LoggerMessage(EventId = 61, EventName = "FileStoreDamaged", Level = LogLevel.Warning, Message = "In the file store in '{Directory}', {Bytes} bytes of '{File}' are damaged and cannot be read; the {Readable} records before them can. The evidence is put aside ({Aside}).")]
    public static partial void FileStoreDamaged(this ILogger logger, string directory, string file, long bytes, long readable, string aside);

    [LoggerMessage(EventId = 62, EventName = "FileStoreRecordsMissing", Level = LogLevel.Warning, Message = "The file store in '{Directory}' lacks {Count} records from position {Position} on: they were damaged, could not be read, or were deleted by somebody else.")]
    public static partial void FileStoreRecordsMissing(this ILogger logger, string directory, long count, long position);

    [LoggerMessage(EventId = 63, EventName = "FileStoreTailCut", Level = LogLevel.Information, Message = "The file store in '{Directory}' was not closed properly: {Bytes} bytes at the end of '{File}' were never confirmed, and were cut.")]
    public static partial void FileStoreTailCut(this ILogger logger, string directory, string file, long bytes);

    [LoggerMessage(EventId = 64, EventName = "FileStoreStateLost", Level = LogLevel.Warning, Message = "The state of the file store in '{Directory}' cannot be read; everything that is in its segments counts.")]
    public static partial void FileStoreStateLost(this ILogger logger, string directory);

    [LoggerMessage(EventId = 65, EventName = "FileStoreRewritten", Level = LogLevel.Warning, Message = "The file store in '{Directory}' trusts its file '{File}' no longer and wrote to a new one what was not confirmed; nothing is lost. {Failure}")]
    public static partial void FileStoreRewritten(this ILogger logger, string directory, string file, string failure);

    [LoggerMessage(EventId = 66, EventName = "FileStoreRecordsSkipped", Level = LogLevel.Warning, Message = "The file store in '{Directory}' skipped {Count} records of a kind or version that it does not know; a later version of this library reads them.")]
    public static partial void FileStoreRecordsSkipped(this ILogger logger, string directory, long count);

    [LoggerMessage(EventId = 67, EventName = "FileStoreUnreadable", Level = LogLevel.Warning, Message = "The disk does not give back a part of the file store in '{Directory}'; the rest of that segment is left out. {Failure}")]
    public static partial void FileStoreUnreadable(this ILogger logger, string directory, string failure);

    [LoggerMessage(EventId = 68, EventName = "FileStoreTrimFailed", Level = LogLevel.Warning, Message = "The file store in '{Directory}' cannot delete what is beyond its bounds for now, and tries again each minute. {Failure}")]
    public static partial void FileStoreTrimFailed(this ILogger logger, string directory, string failure);

    [LoggerMessage(EventId = 69, EventName = "FileStoreNotWritten", Level = LogLevel.Warning, Message = "The file store in '{Directory}' was closed with {Count} records that the disk did not take; their writes had failed.")]
    public static partial void FileStoreNotWritten(this ILogger logger, string directory, long count);

    [LoggerMessage(EventId = 70, EventName = "SpoolFailing", Level = LogLevel.Error, Message = "The spool of sink '{Sink}' cannot be used for now: LLM calls wait in memory alone, and it is tried again. {Failure}")]
    public static partial void SpoolFailing(this ILogger logger, string sink, string failure);

    [LoggerMessage(EventId = 71, EventName = "SpoolWorksAgain", Level = LogLevel.Information, Message = "The spool of sink '{Sink}' can be used again, after {Lasted}.")]
    public static partial void SpoolWorksAgain(this ILogger logger, string sink, TimeSpan lasted);

    [LoggerMessage(EventId = 72, EventName = "SpoolRecovers", Level = LogLevel.Information, Message = "The spool of sink '{Sink}' holds {Count} records of an earlier process; they are written now.")]
    public static partial void SpoolRecovers(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 73, EventName = "SpoolTailCut", Level = LogLevel.Information, Message = "The spool of sink '{Sink}' ended within a record: {Bytes} bytes of '{File}', which nobody was promised, were cut.")]
    public static partial void SpoolTailCut(this ILogger logger, string sink, string file, long bytes);

    [LoggerMessage(EventId = 74, EventName = "SpoolQuarantined", Level = LogLevel.Error, Message = "The spool of sink '{Sink}' is damaged: {Bytes} bytes of '{File}' cannot be read; the file as it was is kept as {Aside}.")]
    public static partial void SpoolQuarantined(this ILogger logger, string sink, string file, long bytes, string aside);

    [LoggerMessage(EventId = 75, EventName = "SpoolGap", Level = LogLevel.Error, Message = "The spool of sink '{Sink}' lost {Count} records to damage.")]
    public static partial void SpoolGap(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 76, EventName = "SpoolStateLost", Level = LogLevel.Warning, Message = "The spool of sink '{Sink}' does not know what was written already: all of it is sent again, and the sink recognises what it has.")]
    public static partial void SpoolStateLost(this ILogger logger, string sink);

    [LoggerMessage(EventId = 77, EventName = "SpoolRewritten", Level = LogLevel.Warning, Message = "The disk refused a part of '{File}' in the spool of sink '{Sink}'; it was written again, and nothing is lost.")]
    public static partial void SpoolRewritten(this ILogger logger, string sink, string file);

    [LoggerMessage(EventId = 78, EventName = "SpoolFull", Level = LogLevel.Warning, Message = "The spool of sink '{Sink}' holds its maximum of {Bytes} bytes (LlmObservability:Pipeline:MaxSpoolBytes) and takes no more until the sink does.")]
    public static partial void SpoolFull(this ILogger logger, string sink, long bytes);

    [LoggerMessage(EventId = 79, EventName = "SpoolLeft", Level = LogLevel.Warning, Message = "Sink '{Sink}': {Count} records were not written within the shutdown budget; they are in the spool, and written at the next start.")]
    public static partial void SpoolLeft(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 80, EventName = "Spilling", Level = LogLevel.Warning, Message = "Sink '{Sink}' fails or lags: its records go to the spool on disk until it has caught up.")]
    public static partial void Spilling(this ILogger logger, string sink);

    [LoggerMessage(EventId = 81, EventName = "SpillingEnded", Level = LogLevel.Information, Message = "Sink '{Sink}' has caught up; its spool is empty again.")]
    public static partial void SpillingEnded(this ILogger logger, string sink);
}
