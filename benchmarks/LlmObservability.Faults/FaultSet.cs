using LlmObservability.Faults.Faults;
using LlmObservability.Faults.Faults.Otlp;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults;

/// <summary>Every fault there is.</summary>
internal static class FaultSet
{
    private const int ShortOutage = 5;
    private const int LongOutage = 20;

    /// <param name="bench">What runs share.</param>
    /// <param name="isShare">Whether outages are short, as where a share of the runs is a test.</param>
    public static IReadOnlyList<IFault> Of(FaultBench bench, bool isShare = false) =>
    [
        new PostgresKilled(bench),
        new Cut(bench),
        new Away(bench, isShare ? ShortOutage : LongOutage),
        new Killed(bench),
        new Terminated(bench),
        new BlackHole(bench),
        new DiskRefused(bench),
        new Flipped(),
        new PowerLost(),
        new Poisoned(bench),
        new InMemory(bench),
        new OtlpAnswers(bench),
        new OtlpAway(bench, isShare ? ShortOutage : LongOutage),
        new OtlpKilled(bench),
        new OtlpTerminated(bench),
        new OtlpRefused(bench),
    ];

    /// <exception cref="FormatException">There is no such fault.</exception>
    public static IReadOnlyList<IFault> Choose(FaultBench bench, IReadOnlyList<string> names, bool isShare = false)
    {
        var all = Of(bench, isShare);
        return names is ["all"]
            ? all
            : [.. names.Select(name => all.FirstOrDefault(fault => fault.Name == name)
                ?? throw new FormatException($"There is no fault '{name}'; there are: all, {string.Join(", ", all.Select(fault => fault.Name))}."))];
    }
}
