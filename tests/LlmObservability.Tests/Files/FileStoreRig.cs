using System.Text;
using LlmObservability.Files;
using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Segments;

namespace LlmObservability.Tests.Files;

/// <summary>A file store over a directory that can fail, opened again as often as a test wants, with its clock and its log.</summary>
internal sealed class FileStoreRig : IAsyncDisposable
{
    public static readonly Guid Writer = new("bbbbbbbb-2222-7333-8444-555555555555");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public FaultFiles Files { get; set; } = new();

    // Ten days after the first of the scripted calls.
    public ManualTimeProvider Time { get; } = new(ScriptedCalls.TenDaysAgo.AddDays(10));

    public RecordedLog Log { get; } = new();

    public FileLlmStoreOptions Options { get; } = new() { Directory = "rig" };

    public FileLlmStore Store { get; private set; } = null!;

    public FileLlmStore New(ISegmentFiles? files = null) => new(files ?? Files, Options, Time, Log);

    public async Task<FileLlmStore> OpenAsync()
    {
        Store = New();
        await Store.PrepareAsync(Token);
        return Store;
    }

    public async Task<FileLlmStore> ReopenAsync()
    {
        await Store.DisposeAsync();
        return await OpenAsync();
    }

    /// <summary>The process ends without a word, the operating system does not.</summary>
    public async Task<FileLlmStore> CrashAsync()
    {
        Files.Kill();
        return await OpenAsync();
    }

    public async Task<LlmWriteResult> WriteAsync(long first, params IReadOnlyList<LlmEnvelope> envelopes) =>
        await Store.WriteAsync(new LlmBatch(Writer, first, envelopes), Token);

    /// <summary>The calls in memory.</summary>
    public async Task<List<LlmCall>> CallsAsync()
    {
        var calls = new List<LlmCall>();
        await foreach (var call in Store.ExportAsync(LlmFilter.None, Token))
        {
            calls.Add(call);
        }

        return calls;
    }

    /// <summary>The lines on disk.</summary>
    public async Task<List<string>> LinesAsync(DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using var output = new MemoryStream();
        var count = await Store.ExportJsonLinesAsync(output, from, to, Token);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        lines[^1].ShouldBeEmpty("each line ends");
        lines.Length.ShouldBe((int)count + 1);
        return [.. lines[..^1]];
    }

    public static string LineOf(LlmEnvelope envelope)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        LlmEnvelopeSerializer.Serialize(buffer, envelope);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Segments, in their order.</summary>
    public List<string> Segments => [.. Files.Contents.Keys.Where(name => name.EndsWith(".seg", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public long Bytes => Files.Contents.Where(file => !file.Key.StartsWith("log.", StringComparison.Ordinal)).Sum(file => file.Value.Length);

    public async ValueTask DisposeAsync()
    {
        if (Store is not null)
        {
            await Store.DisposeAsync();
        }

        Log.Dispose();
    }
}
