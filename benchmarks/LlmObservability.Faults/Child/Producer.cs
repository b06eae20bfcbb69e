using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Faults.Child;

/// <summary>Makes calls at a rate, and writes into the ledger what each was promised.</summary>
internal sealed class Producer(LlmObserver observer, ChildOptions options, int number) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    // What a pause left undone is not made up for in one burst.
    private const int MostAtOnce = 200;

    private readonly Clients _clients = new(observer);
    private readonly LedgerWriter _ledger = new(options.Ledger, number);
    private readonly Poison _poison = new(observer);
    private int _made;

    /// <summary>Poison amendments made, which are in no ledger.</summary>
    public int Poisoned => _poison.Made;

    /// <summary>Whether calls wait.</summary>
    public bool IsPaused { get; set; }

    public async Task RunAsync(CancellationToken stopping)
    {
        var owed = 0d;
        var last = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                var now = Stopwatch.GetTimestamp();
                owed = IsPaused ? 0 : Math.Min(MostAtOnce, owed + (Stopwatch.GetElapsedTime(last, now).TotalSeconds * options.Rate / options.Producers));
                last = now;
                for (; owed >= 1 && !stopping.IsCancellationRequested; owed--)
                {
                    await CallAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop between two calls.
        }
    }

    public void Dispose() => _ledger.Dispose();

    private async Task CallAsync()
    {
        var shape = Work.ShapeOf(_made);
        // A scope of its own, as every request has one: a tool that runs later finds its call by it.
        using var scope = LlmScope.Begin(("tenant", Work.TenantOf(_made)), (Work.NumberTag, Work.NumberOf(number, _made)));
        var begun = Stopwatch.GetTimestamp();
        var response = await _clients.For(shape).GetResponseAsync([new Question(number, _made)]);
        var took = Stopwatch.GetTimestamp() - begun;
        var call = response.GetLlmCall() ?? throw new InvalidOperationException("A wrapped call has no record.");
        if (shape == WorkShape.LateTool)
        {
            await _clients.InvokeToolAsync();
        }
        else if (shape == WorkShape.Amended && options.Amends)
        {
            observer.AmendVerdict(call, passed: true);
        }

        _ledger.Write(new LedgerEntry
        {
            Id = call.Id,
            StartedAt = (call.StartedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
            InputTokens = Work.InputTokensOf(number, _made),
            OutputTokens = Work.OutputTokensOf(number, _made),
            CostNanos = call.Cost!.Value.TotalNanos,
            ReturnedAt = Stopwatch.GetTimestamp(),
            Took = took,
            Producer = number,
            Number = _made,
            Check = LedgerEntry.Whole,
        });
        if (options.Poison && number == 0)
        {
            _poison.Add(_made);
        }

        _made++;
    }
}
