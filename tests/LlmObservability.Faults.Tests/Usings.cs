using LlmObservability.Faults.Tests;

[assembly: AssemblyFixture(typeof(Bench))]

// There is one server, and it is killed.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
