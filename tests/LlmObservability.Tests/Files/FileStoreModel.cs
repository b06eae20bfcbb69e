using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Segments;

namespace LlmObservability.Tests.Files;

/// <summary>A random life of a file store, with a memory of what it was given and of what it promised.</summary>
internal sealed class FileStoreModel : IAsyncDisposable
{
    private const int MaxBytes = 1024 * 1024;

    // Segments are dropped whole, and what is in quarantine or unconfirmed takes room too.
    private const int CertainBytes = MaxBytes * 3 / 4;

    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(4);

    private readonly Random _random;
    private readonly FileStoreRig _rig;
    private readonly ScriptedCalls _script;

    // By number, from 1.
    private readonly List<Given> _given = [];
    private readonly Dictionary<string, Given> _byLine = [];

    // In the order in which they were promised.
    private readonly List<Given> _promised = [];

    public FileStoreModel(int seed)
    {
        _random = new Random(seed);
        _rig = new FileStoreRig { Options = { MaxAge = MaxAge, MaxBytes = MaxBytes, MaxCalls = _random.Next(2) == 0 ? 20 : 10_000 } };
        _script = new ScriptedCalls(seed, _rig.Time.GetUtcNow(), TimeSpan.FromMinutes(1));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task RunAsync()
    {
        var opened = false;
        for (var step = 0; step < 60; step++)
        {
            if (!opened)
            {
                opened = await TryOpenAsync();
                continue;
            }

            Disturb();
            switch (_random.Next(12))
            {
                case 0:
                    opened = false;
                    await _rig.Store.DisposeAsync();
                    break;
                case 1:
                    opened = false;
                    break;
                case 2:
                    opened = false;
                    _rig.Files = _rig.Files.AfterPowerLoss(_random);
                    break;
                case 3:
                    _rig.Time.Advance(TimeSpan.FromHours(_random.Next(1, 30)));
                    break;
                default:
                    opened = await TryWriteAsync();
                    break;
            }
        }

        await _rig.Store.DisposeAsync();
        await OpenAndCheckAsync();
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    /// <summary>Lets something go wrong at one of the next operations, or mends it.</summary>
    private void Disturb()
    {
        var files = _rig.Files;
        (files.Room, files.FailingFlushes, files.FailingWrites, files.OperationsLeft) = (long.MaxValue, 0, 0, int.MaxValue);
        switch (_random.Next(10))
        {
            case 0:
                files.Room = _random.Next(5_000);
                break;
            case 1:
                files.FailingFlushes = 1;
                break;
            case 2:
                files.FailingWrites = 1;
                break;
            case 3:
                files.OperationsLeft = _random.Next(30);
                break;
            default:
                break;
        }
    }

    private async Task<bool> TryOpenAsync()
    {
        _rig.Files.Kill();
        if (_random.Next(4) == 0)
        {
            Disturb();
            try
            {
                await _rig.OpenAsync();
            }
            catch (LlmSinkException)
            {
                // It is opened anew below.
            }

            _rig.Files = _rig.Files.AfterPowerLoss(_random);
        }

        await OpenAndCheckAsync();
        return true;
    }

    private async Task OpenAndCheckAsync()
    {
        if (_rig.Files.IsOff)
        {
            _rig.Files = _rig.Files.AfterPowerLoss(_random);
        }

        var files = _rig.Files;
        files.Kill();
        (files.Room, files.FailingFlushes, files.FailingWrites, files.OperationsLeft) = (long.MaxValue, 0, 0, int.MaxValue);
        await _rig.OpenAsync();
        await CheckAsync();
    }

    /// <summary>Writes new envelopes, together with some that were sent before.</summary>
    /// <returns>Whether the store is still there.</returns>
    private async Task<bool> TryWriteAsync()
    {
        for (var fresh = _random.Next(12); fresh > 0 || _given.Count == 0; fresh--)
        {
            Give();
        }

        var first = Math.Max(1, _given.Count - _random.Next(20));
        var batch = _given[(first - 1)..Math.Min(_given.Count, first + _random.Next(20))];
        batch.ForEach(given => given.Sent(_rig.Time.GetUtcNow()));
        try
        {
            var result = await _rig.WriteAsync(first, [.. batch.Select(given => given.Envelope)]);
            var rejected = (result.Rejected ?? []).Select(rejection => rejection.Sequence).ToHashSet();
            (result.Written + result.AlreadyWritten + rejected.Count).ShouldBe(batch.Count);
            _promised.AddRange(batch.Where(given => !rejected.Contains(given.Number) && given.Promise()));
            return true;
        }
        catch (LlmSinkException failure)
        {
            failure.Failure.ShouldBe(LlmSinkFailure.Transient);
            return !_rig.Files.IsOff;
        }
    }

    private void Give()
    {
        var calls = _given.TakeLast(30).Select(given => given.Envelope).OfType<LlmCallEnvelope>().ToList();
        var kind = calls.Count == 0 ? 0 : _random.Next(5);
        var about = kind == 0 ? null : calls[_random.Next(calls.Count)];
        LlmEnvelope envelope = kind switch
        {
            1 => new LlmAmendmentEnvelope(_script.AmendmentOf(about!.Call)),
            2 => new LlmToolCallEnvelope(about!.CallId, about.CallStartedAt, new LlmToolCall
            {
                Ordinal = 1_000 + _given.Count,
                StartedAt = about.CallStartedAt,
                Name = "late",
                Outcome = LlmOutcome.Completed,
            }),
            _ => NewCall(),
        };
        var given = new Given(_given.Count + 1, envelope);
        _given.Add(given);
        _byLine.Add(given.Line, given);
    }

    private LlmCallEnvelope NewCall()
    {
        var call = _script.NextCall();
        var startedAt = LlmCallId.ToMicroseconds(_rig.Time.GetUtcNow());
        return new LlmCallEnvelope(call with
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            SchemaErrors = _random.Next(4) == 0 ? new string('x', _random.Next(20_000)) : null,
        });
    }

    private async Task CheckAsync()
    {
        var now = _rig.Time.GetUtcNow();
        var lines = await _rig.LinesAsync();
        var found = lines.ConvertAll(line => _byLine.TryGetValue(line, out var given) ? given : throw new ShouldAssertException("a line that was never written"));
        found.Select(given => given.Number).ShouldBeUnique("an envelope is on disk twice");

        var kept = found.ToHashSet();
        var bytes = 0L;
        foreach (var promise in _promised.AsEnumerable().Reverse())
        {
            bytes += promise.Line.Length + 100;
            if (bytes > CertainBytes)
            {
                break;
            }

            (kept.Contains(promise) || promise.FirstSent < now - MaxAge).ShouldBeTrue($"number {promise.Number} was promised, and is gone");
        }

        found.ShouldAllBe(given => given.LastSent >= now - MaxAge - (MaxAge / 1000), "what is too old is there still");
        await CheckWindowAsync(found);
    }

    private async Task CheckWindowAsync(List<Given> found)
    {
        var calls = found.Select(given => given.Envelope).OfType<LlmCallEnvelope>().TakeLast(_rig.Options.MaxCalls).ToList();
        (await _rig.CallsAsync()).Select(call => call.Id).ShouldBe(calls.Select(call => call.CallId), ignoreOrder: true);
        var joined = found.Select(given => given.Envelope).ToLookup(envelope => envelope.CallId);
        foreach (var call in calls)
        {
            var detail = (await _rig.Store.GetAsync(call.CallId, Token)).ShouldNotBeNull();
            detail.Call.ShouldBe(call.Call);
            detail.Amendments.ShouldBe(joined[call.CallId].OfType<LlmAmendmentEnvelope>().Select(envelope => envelope.Amendment), ignoreOrder: true);
            detail.ToolCalls.ShouldBe(call.ToolCalls.Concat(joined[call.CallId].OfType<LlmToolCallEnvelope>().Select(envelope => envelope.ToolCall)), ignoreOrder: true);
        }
    }

    private sealed class Given(long number, LlmEnvelope envelope)
    {
        private bool _isPromised;

        public long Number => number;

        public LlmEnvelope Envelope => envelope;

        public string Line { get; } = FileStoreRig.LineOf(envelope);

        public DateTimeOffset FirstSent { get; private set; } = DateTimeOffset.MaxValue;

        public DateTimeOffset LastSent { get; private set; }

        public void Sent(DateTimeOffset now) => (FirstSent, LastSent) = (FirstSent < now ? FirstSent : now, now);

        /// <summary>False when it was promised before.</summary>
        public bool Promise() => !_isPromised && (_isPromised = true);
    }
}
