using System.Globalization;

namespace Replay;

/// <summary>The program's arguments.</summary>
internal sealed record ReplayOptions
{
    public const string Usage = """
        Replays a trace of LLM calls through an observed client, then compares what was stored with what was sent.

          dotnet run -c Release --project samples/Replay -- [options]

          --trace FILE           CSV: TIMESTAMP,ContextTokens,GeneratedTokens. Default: a built-in workload of 500 calls.
          --speed N|max          N times as fast as the trace, latency too; max does not wait at all.
                                 Default: 25 for the built-in workload, max for a file.
          --price-as MODEL       Every call asks openai for this model. Default: a seeded mix of models.
          --postgres CONNECTION  Keeps the calls in this PostgreSQL. Default: in memory.
          --json                 Ends with one line that is a JSON object.
          --help                 This text.

        The inner client answers with the trace's token counts; its latency is drawn from a lognormal distribution
        (median 1.2 s, sigma 0.6, seed 1; the first token after 30% of it), divided by the speed.
        Exit code: 0 stored equals sent, 1 it does not, 2 wrong arguments or trace, 3 database.
        """;

    private const double MaxSpeed = 1_000_000;

    // The built-in workload spans about 100 s: at this speed it is watched for some four.
    private const double BuiltInSpeed = 25;

    public string? Trace { get; private init; }

    /// <summary>How many times as fast as the trace; null for no waiting.</summary>
    public double? Speed { get; private init; }

    public string? PriceAs { get; private init; }

    public string? Postgres { get; private init; }

    public bool Json { get; private init; }

    public bool Help { get; private init; }

    /// <exception cref="ReplayException">An argument is unknown, lacks its value, or has a wrong one.</exception>
    public static ReplayOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ReplayOptions();
        var speedGiven = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--trace" => options with { Trace = Value() },
                "--speed" => WithSpeed(Value()),
                "--price-as" => options with { PriceAs = Value() },
                "--postgres" => options with { Postgres = Value() },
                "--json" => options with { Json = true },
                "--help" or "-h" or "-?" => options with { Help = true },
                _ => throw Wrong($"There is no option '{Shortened(name)}'; --help lists them."),
            };

            ReplayOptions WithSpeed(string value)
            {
                speedGiven = true;
                return options with { Speed = ParseSpeed(value) };
            }

            string Value()
            {
                i++;
                return i < arguments.Count && arguments[i].Length > 0 && !arguments[i].StartsWith("--", StringComparison.Ordinal)
                    ? arguments[i]
                    : throw Wrong($"{name} needs a value; --help shows which.");
            }
        }

        return speedGiven || options.Trace is not null ? options : options with { Speed = BuiltInSpeed };
    }

    private static double? ParseSpeed(string text)
    {
        if (text == "max")
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed is > 0 and <= MaxSpeed
            ? speed
            : throw Wrong("--speed is 'max' or a number above 0, at most 1,000,000.");
    }

    private static ReplayException Wrong(string message) => new(ExitCodes.BadInput, message);

    // An unknown argument may be a connection string put in the wrong place: only its name is repeated.
    private static string Shortened(string argument) =>
        argument.StartsWith('-') && argument.Length <= 32 && !argument.Contains('=', StringComparison.Ordinal) ? argument : "…";
}
