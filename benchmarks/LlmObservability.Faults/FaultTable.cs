using System.Diagnostics;
using System.Globalization;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults;

/// <summary>Runs faults and tells a row for each.</summary>
internal sealed class FaultTable(FaultsOptions options)
{
    private readonly List<string> _lines = [];

    /// <summary>Whether all held.</summary>
    public async Task<bool> RunAsync(IReadOnlyList<IFault> faults)
    {
        var problems = new List<string>();
        Line("| fault | runs | calls promised | lost | counted | duplicated | wrong | spilled | replayed | figures | seed | minutes |");
        Line("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var fault in faults)
        {
            var begun = Stopwatch.GetTimestamp();
            var rows = await fault.RunAsync(options.Runs ?? fault.FullRuns, options.Seed);
            foreach (var row in rows)
            {
                Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {row.Name} | {row.Runs} | {row.Promised} | {row.Lost} | {row.Counted} | {row.Duplicated} | {row.Wrong} | {row.Spilled} | {row.Replayed} | {row.Figures} | {row.Seed} | {Stopwatch.GetElapsedTime(begun).TotalMinutes / rows.Count:0.0} |"));
                foreach (var problem in row.Problems)
                {
                    problems.Add(problem);
                    await Console.Error.WriteLineAsync(problem);
                }
            }
        }

        Line(problems.Count == 0 ? "All held." : $"{problems.Count} did not hold:");
        problems.ForEach(Line);
        if (options.Out is { } file)
        {
            await File.WriteAllLinesAsync(file, _lines);
        }

        return problems.Count == 0;
    }

    private void Line(string line)
    {
        _lines.Add(line);
        Console.WriteLine(line);
    }
}
