namespace LlmObservability.Api;

/// <summary>What lives on the managed heap, found by full collections one after the other, above what lived before.</summary>
internal sealed class HeapWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;

    public HeapWatch()
    {
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>The most that was found.</summary>
    public long Most { get; private set; }

    public int Looks { get; private set; }

    public async Task EndAsync()
    {
        await _ended.CancelAsync();
        await _watching;
    }

    public void Dispose() => _ended.Dispose();

    private async Task WatchAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            Most = Math.Max(Most, GC.GetTotalMemory(forceFullCollection: false) - _before);
            Looks++;
            await Task.Delay(Pause, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
