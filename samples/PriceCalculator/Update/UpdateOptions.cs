using System.Globalization;

namespace PriceCalculator.Update;

/// <summary>The arguments of an update of the catalog; they go with nothing else.</summary>
internal sealed record UpdateOptions(string File)
{
    private static readonly string[] Names = ["--update", "--out", "--dry-run"];

    /// <summary>Where the catalog is written; null for the project's own.</summary>
    public string? Out { get; private init; }

    /// <summary>Tell only, write nothing.</summary>
    public bool DryRun { get; private init; }

    /// <summary>The date of the file's facts; null for today.</summary>
    public DateOnly? At { get; private init; }

    /// <summary>Whether these are arguments of an update.</summary>
    public static bool AreIn(IReadOnlyList<string> arguments) => Names.Any(arguments.Contains);

    /// <exception cref="CalculatorException">An argument does not belong here, lacks its value, or has a wrong one.</exception>
    public static UpdateOptions Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name is not ("--update" or "--out" or "--dry-run" or "--at"))
            {
                throw new CalculatorException($"'{name}' does not go with {Names.First(arguments.Contains)}; --help shows what does.");
            }

            var value = name == "--dry-run" ? name : i + 1 < arguments.Count ? arguments[++i] : "";
            if (string.IsNullOrWhiteSpace(value) || (name != "--dry-run" && value.StartsWith("--", StringComparison.Ordinal)))
            {
                throw new CalculatorException($"{name} needs a value; --help shows which.");
            }

            if (!values.TryAdd(name, value))
            {
                throw new CalculatorException($"{name} is given twice.");
            }
        }

        return new UpdateOptions(values.GetValueOrDefault("--update") ?? throw new CalculatorException($"{arguments[0]} goes with --update FILE."))
        {
            Out = values.GetValueOrDefault("--out"),
            DryRun = values.ContainsKey("--dry-run"),
            At = values.TryGetValue("--at", out var at) ? Date(at) : null,
        };
    }

    private static DateOnly Date(string value)
    {
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? DateOnly.FromDateTime(at.UtcDateTime)
            : throw new CalculatorException($"--at is a date like 2026-08-01, not '{value}'.");
    }
}
