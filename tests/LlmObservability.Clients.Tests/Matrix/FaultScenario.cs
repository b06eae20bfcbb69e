using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>A call that meets a fault of the provider or of the network, and what is to be stored of it.</summary>
internal sealed record FaultScenario(string Name)
{
    /// <summary>The replies; what a reply waits for is the first text that reached the application.</summary>
    public required Func<IClientDriver, Task, IReadOnlyList<WireReply>> Replies { get; init; }

    public bool Streamed { get; init; }

    /// <summary>How often the client tries again by itself.</summary>
    public int Retries { get; init; }

    /// <summary>How many requests reach the server.</summary>
    public int Requests { get; init; } = 1;

    public LlmOutcome Outcome { get; init; } = LlmOutcome.Failed;

    /// <summary>The status by which the call failed.</summary>
    public Func<IClientDriver, int>? Status { get; init; }

    /// <summary>The exception's full name by client, where there is no status.</summary>
    public IReadOnlyDictionary<string, string>? ErrorTypes { get; init; }

    /// <summary>Whether a first text reached the application before the fault.</summary>
    public bool FirstText { get; init; }

    public override string ToString() => Name;
}
