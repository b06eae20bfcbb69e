namespace LlmObservability.Tests.Performance;

/// <summary>Runs with no other test beside it: what listens for one listens for the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
