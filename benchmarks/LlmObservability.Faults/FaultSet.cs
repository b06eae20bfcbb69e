using LlmObservability.Faults.Faults;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults;

/// <summary>Every fault there is.</summary>
internal static class FaultSet
{
    public static IReadOnlyList<IFault> Of(FaultBench bench) =>
    [
        new PostgresKilled(bench),
        new Cut(bench),
        new Away(bench),
        new Killed(bench),
        new Terminated(bench),
        new BlackHole(bench),
        new DiskRefused(bench),
        new Flipped(),
        new PowerLost(),
        new Poisoned(bench),
        new InMemory(bench),
    ];

    /// <exception cref="FormatException">There is no such fault.</exception>
    public static IReadOnlyList<IFault> Choose(FaultBench bench, IReadOnlyList<string> names)
    {
        var all = Of(bench);
        return names is ["all"]
            ? all
            : [.. names.Select(name => all.FirstOrDefault(fault => fault.Name == name)
                ?? throw new FormatException($"There is no fault '{name}'; there are: all, {string.Join(", ", all.Select(fault => fault.Name))}."))];
    }
}
