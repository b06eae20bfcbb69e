using System.Globalization;

namespace LlmObservability.Faults;

/// <summary>The program's arguments.</summary>
internal sealed record FaultsOptions
{
    public const string Usage = """
        Breaks things around an application that records calls, and compares what was promised with what is stored.

          dotnet run -c Release --project benchmarks/LlmObservability.Faults -- all|FAULT... [options]

          --runs N     Runs of each fault. Default: as docs/reliability.md says of each.
          --seed S     The first run's seed; each further one has the next. Default 1.
          --out FILE   Writes the table there too.

        Exit code: 0 all that must hold held, 1 something did not, 2 wrong arguments.
        """;

    public IReadOnlyList<string> Faults { get; private init; } = [];

    public int? Runs { get; private init; }

    public int Seed { get; private init; } = 1;

    public string? Out { get; private init; }

    /// <exception cref="FormatException">An argument is unknown, lacks its value, or has a wrong one.</exception>
    public static FaultsOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new FaultsOptions { Faults = [.. arguments.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal))] };
        for (var i = options.Faults.Count; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            options = name switch
            {
                "--runs" => options with { Runs = Number(name, value, 1, 1_000_000) },
                "--seed" => options with { Seed = Number(name, value, 0, 1_000_000_000) },
                "--out" => options with { Out = value },
                _ => throw new FormatException($"There is no option '{name}'."),
            };
        }

        return options.Faults.Count > 0 ? options : throw new FormatException("Which fault?");
    }

    private static int Number(string name, string text, int least, int most)
    {
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {least} to {most}."));
    }
}
