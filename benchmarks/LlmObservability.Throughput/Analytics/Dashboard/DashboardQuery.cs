using LlmObservability.Queries;

namespace LlmObservability.Throughput.Analytics.Dashboard;

/// <summary>A question that a dashboard asks, and the milliseconds within which 95 of 100 answers are to be there.</summary>
internal sealed record DashboardQuery(string Name, double Bound, Func<ILlmStore, Task> RunAsync);
