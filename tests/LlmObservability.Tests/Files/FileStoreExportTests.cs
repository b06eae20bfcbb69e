using System.Text;
using LlmObservability.Files;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Files;

public sealed class FileStoreExportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_is_every_envelope_in_the_order_and_the_form_in_which_it_was_written()
    {
        await using var rig = new FileStoreRig { Options = { MaxCalls = 20 } };
        await rig.OpenAsync();
        var written = await WriteMixedAsync(rig, 500);

        (await rig.LinesAsync()).ShouldBe(written.Select(FileStoreRig.LineOf));
        await rig.ReopenAsync();
        var lines = await rig.LinesAsync();
        lines.ShouldBe(written.Select(FileStoreRig.LineOf));
        lines.Select(line => LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(line))!.CallId).ShouldBe(written.Select(envelope => envelope.CallId));
    }

    [Fact]
    public async Task Bounds_in_time_are_those_of_the_calls_and_what_belongs_to_a_call_goes_with_it()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var written = await WriteMixedAsync(rig, 300);
        var (from, to) = (ScriptedCalls.TenDaysAgo.AddHours(12), written[200].CallStartedAt);

        List<string> Lines(Func<LlmEnvelope, bool> belongs) => [.. written.Where(belongs).Select(FileStoreRig.LineOf)];
        (await rig.LinesAsync(from, to)).ShouldBe(Lines(envelope => envelope.CallStartedAt >= from && envelope.CallStartedAt < to));
        (await rig.LinesAsync(from: to)).ShouldBe(Lines(envelope => envelope.CallStartedAt >= to));
        (await rig.LinesAsync(to: from)).ShouldBe(Lines(envelope => envelope.CallStartedAt < from));
        (await rig.LinesAsync(from: DateTimeOffset.MaxValue)).ShouldBeEmpty();
        (await rig.LinesAsync(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)).Count.ShouldBe(written.Count);
    }

    [Fact]
    public async Task An_export_beside_writes_and_trims_has_whole_lines_in_order_and_none_twice()
    {
        await using var rig = new FileStoreRig { Options = { MaxBytes = 1024 * 1024 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(6_000);
        var places = calls.Select((call, place) => (Line: FileStoreRig.LineOf(call), place)).ToDictionary(pair => pair.Line, pair => pair.place);
        await rig.WriteAsync(1, [.. calls.Take(500)]);
        var writing = Task.Run(
            async () =>
            {
                for (var at = 500; at < calls.Count; at += 50)
                {
                    await rig.WriteAsync(at + 1, [.. calls.Skip(at).Take(50)]);
                }
            },
            Token);
        var (exports, exported) = (0, 0);
        do
        {
            var lines = await rig.LinesAsync();
            exports++;
            exported += lines.Count;
            var found = lines.ConvertAll(line => places[line]);
            found.Zip(found.Skip(1)).ShouldAllBe(pair => pair.First < pair.Second, "each once, in the order written");
        }
        while (!writing.IsCompleted);

        await writing;
        exports.ShouldBeGreaterThan(1);
        exported.ShouldBeGreaterThan(1_000);
        rig.Log.Events.ShouldAllBe(name => name == "FileStoreOpened");
    }

    [Fact]
    public async Task What_is_written_after_an_export_began_is_not_in_it()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(300);
        await rig.WriteAsync(1, [.. calls.Take(200)]);
        await using var output = new WatchedStream(async () => await rig.WriteAsync(201, [.. calls.Skip(200)]));

        (await rig.Store.ExportJsonLinesAsync(output, cancellationToken: Token)).ShouldBe(200);
        output.Writes.ShouldBeGreaterThan(1, "it streams");
        (await rig.LinesAsync()).Count.ShouldBe(300);
    }

    [Fact]
    public async Task Cancelling_and_disposing_end_an_export()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        await rig.WriteAsync(1, ScriptedCalls.Create(500));
        using var source = new CancellationTokenSource();
        await using var cancelling = new WatchedStream(source.CancelAsync);
        await Should.ThrowAsync<OperationCanceledException>(() => rig.Store.ExportJsonLinesAsync(cancelling, cancellationToken: source.Token));

        await using var disposing = new WatchedStream(() =>
        {
            rig.Store.Dispose();
            return Task.CompletedTask;
        });
        await Should.ThrowAsync<ObjectDisposedException>(() => rig.Store.ExportJsonLinesAsync(disposing, cancellationToken: Token));
        await rig.Store.DisposeAsync();
        await rig.OpenAsync();
        (await rig.LinesAsync()).Count.ShouldBe(500);
    }

    private static async Task<List<LlmEnvelope>> WriteMixedAsync(FileStoreRig rig, int count)
    {
        var script = new ScriptedCalls(11, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(3));
        var written = new List<LlmEnvelope>();
        for (var i = 0; i < count; i++)
        {
            var call = script.NextEnvelope();
            LlmEnvelope[] batch = (i % 3) switch
            {
                0 => [call, new LlmAmendmentEnvelope(script.AmendmentOf(call.Call))],
                1 => [call, new LlmToolCallEnvelope(call.CallId, call.CallStartedAt, new LlmToolCall { Ordinal = 77, StartedAt = call.CallStartedAt, Name = "late", Outcome = LlmOutcome.Failed })],
                _ => [call],
            };
            (await rig.WriteAsync(written.Count + 1, batch)).Written.ShouldBe(batch.Length);
            written.AddRange(batch);
        }

        return written;
    }

    /// <summary>Does something at its first write.</summary>
    private sealed class WatchedStream(Func<Task> first) : MemoryStream
    {
        public int Writes { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Writes++ == 0)
            {
                await first();
            }
        }
    }
}
