using System.Globalization;
using LlmObservability;
using LlmObservability.Postgres;

namespace Operations;

/// <summary>A command line, read.</summary>
internal sealed record OperationsArguments(string Verb, PostgresLlmOptions Options)
{
    public DateOnly First { get; private set; }

    public DateOnly Last { get; private set; }

    public bool DryRun { get; private set; }

    public Guid? Job { get; private set; }

    public string? PriceFile { get; private set; }

    public int FromVersion { get; private set; }

    public string Role { get; private set; } = "";

    /// <exception cref="ArgumentException">Says which argument is wrong, and does not repeat it: somebody may have given a connection string there.</exception>
    public static OperationsArguments Parse(IReadOnlyList<string> arguments)
    {
        var options = new PostgresLlmOptions { CommandTimeout = TimeSpan.FromMinutes(5) };
        var read = new OperationsArguments(arguments.Count > 0 ? arguments[0] : "", options);
        var next = 1;
        string Next(string what) => next < arguments.Count ? arguments[next++] : throw new ArgumentException($"{what} is missing. See --help.");
        switch (read.Verb)
        {
            case "check" or "rebuild" or "reprice":
                (read.First, read.Last) = (Day(Next("The first day")), Day(Next("The last day")));
                break;
            case "grant-writer" or "grant-reader" or "grant-repricer":
                read.Role = Next("The role");
                break;
            case "script" or "fold":
                break;
            default:
                throw new ArgumentException("The first argument is what to do. See --help.");
        }

        while (next < arguments.Count)
        {
            read.Option(next + 1, arguments[next++], Next);
        }

        return read;
    }

    private void Option(int place, string name, Func<string, string> next)
    {
        switch (name)
        {
            case "--schema":
                Options.Schema = next("The schema");
                break;
            case "--tag":
                Options.RollupTags.Add(next("The tag"));
                break;
            case "--dry-run" when Verb == "reprice":
                DryRun = true;
                break;
            case "--job" when Verb == "reprice":
                Job = Guid.TryParse(next("The job"), out var job) ? job : throw new ArgumentException("A job is the id that its run printed.");
                break;
            case "--prices" when Verb == "reprice":
                PriceFile = next("The price file");
                break;
            case "--from-version" when Verb == "script":
                FromVersion = int.TryParse(next("The version"), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                    ? version : throw new ArgumentException("A version is a whole number.");
                break;
            default:
                throw new ArgumentException($"Argument {place} is not known. See --help.");
        }
    }

    private static DateOnly Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day : throw new ArgumentException("A day is a UTC day like 2026-01-31.");
}
