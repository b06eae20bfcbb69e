namespace LlmObservability.Faults.Harness;

/// <summary>One fault of the table.</summary>
internal interface IFault
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>How often the full run does it.</summary>
    int FullRuns { get; }

    /// <summary>Does it so often; one row for each mode that it is about.</summary>
    Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed);
}
