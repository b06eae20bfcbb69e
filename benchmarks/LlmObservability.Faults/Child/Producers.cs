namespace LlmObservability.Faults.Child;

/// <summary>All the producers of a child.</summary>
internal sealed class Producers : IDisposable
{
    private readonly Producer[] _all;

    public Producers(LlmObserver observer, ChildOptions options)
    {
        _all = [.. Enumerable.Range(0, options.Producers).Select(number => new Producer(observer, options, number))];
    }

    public int Poisoned => _all.Sum(producer => producer.Poisoned);

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(_all.Select(producer => Task.Run(() => producer.RunAsync(stopping), CancellationToken.None)));

    public void Pause(bool pause) => Array.ForEach(_all, producer => producer.IsPaused = pause);

    public void Dispose() => Array.ForEach(_all, producer => producer.Dispose());
}
