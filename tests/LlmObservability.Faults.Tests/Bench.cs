using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Tests;

/// <summary>The server and the folder that all runs share.</summary>
public sealed class Bench : IAsyncLifetime
{
    private FaultBench? _faults;

    internal FaultBench Faults => _faults ?? throw new InvalidOperationException("The bench is not there yet.");

    public async ValueTask InitializeAsync() => _faults = await FaultBench.StartAsync(judgesTimes: false);

    public async ValueTask DisposeAsync()
    {
        if (_faults is not null)
        {
            await _faults.DisposeAsync();
        }
    }
}
